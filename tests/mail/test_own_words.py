"""A city's own words for its mails: how they win over ours, and what is said when they break the contract."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mail.own_words import check_words, use_own_words, write_starter
from mail.registry import MAILS
from mail.render import TEMPLATES, mail_environment, render
from mail.samples import samples
from mail.translation import LANGUAGES, translations, use_words
from models.contracts.mail import Language
from models.contracts.refusal import Refused


@pytest.fixture(autouse=True)
def _our_words_afterwards() -> Iterator[None]:
    yield
    use_words(None)


def entry(source: str, said: str) -> str:
    return f'msgid "{source}"\nmsgstr "{said}"\n\n'


def of_template(folder: Path, name: str, source: str) -> Path:
    file = folder / "email" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")
    return folder


def of_sentences(folder: Path, language: str, *entries: str) -> Path:
    (folder / f"{language}.po").write_text("".join(entries), encoding="utf-8")
    return folder


def problems(folder: Path) -> list[str]:
    return [str(problem).replace(f"{folder}/", "") for problem in check_words(folder, every_sample=False)]


def said(language: Language, sentence: str) -> str:
    return translations(language, "mail").gettext(sentence)


def test_a_valencian_sentence_wins_over_a_catalan_one_and_both_over_ours(tmp_path: Path) -> None:
    of_sentences(tmp_path, "ca", entry("Answer now", "Respon"), entry("This is the first reminder.", "Primer avís."))
    of_sentences(tmp_path, "ca-ES-valencia", entry("Answer now", "Contesteu"))
    use_words(tmp_path)
    assert [said(language, "Answer now") for language in LANGUAGES] == [
        "Respon",
        "Contesteu",
        "Contestar ahora",
        "Answer now",
        "Répondre maintenant",
    ]
    assert said("ca-ES-valencia", "This is the first reminder.") == "Primer avís."
    assert said("ca-ES-valencia", "There is nothing more to do.") == "No cal fer res més."
    use_words(None)
    assert said("ca", "Answer now") == "Contesta ara"


def test_an_english_sentence_stands_in_for_its_source(tmp_path: Path) -> None:
    use_words(of_sentences(tmp_path, "en", entry("Answer now", "Reply to us")))
    rendered = render("task_request", samples("task_request", "en")["twelve"])
    assert "Reply to us:" in rendered.text
    assert "Reply to us" in rendered.html
    assert "Answer now" not in rendered.text + rendered.html


def test_a_plural_of_a_city_has_the_rule_of_its_language_whatever_its_file_says(tmp_path: Path) -> None:
    plural = (
        'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n > 7);\\n"\n\n'
        'msgid "%(count)s working day late"\nmsgid_plural "%(count)s working days late"\n'
        'msgstr[0] "%(count)s dia tard"\nmsgstr[1] "%(count)s dies tard"\n\n'
        'msgid "%(count)s working day left"\nmsgid_plural "%(count)s working days left"\n'
        'msgstr[0] ""\nmsgstr[1] ""\n'
    )
    use_words(of_sentences(tmp_path, "ca", plural))
    words = translations("ca", "mail")
    late = [words.ngettext("%(count)s working day late", "%(count)s working days late", n) for n in (1, 2)]
    assert late == ["%(count)s dia tard", "%(count)s dies tard"]
    left = words.ngettext("%(count)s working day left", "%(count)s working days left", 2)
    assert left == "queden %(count)s dies hàbils"


def test_a_sentence_that_an_editor_marked_as_unsure_is_not_used_and_the_check_says_so(tmp_path: Path) -> None:
    of_sentences(tmp_path, "ca", "#, fuzzy\n", entry("Answer now", "Respon"))
    use_words(tmp_path)
    assert said("ca", "Answer now") == "Contesta ara"
    (problem,) = problems(tmp_path)
    assert problem.startswith("ca.po, line 2: “Answer now”: is marked “fuzzy”, so it is not used")


def test_a_file_as_windows_saves_it_is_read(tmp_path: Path) -> None:
    windows = entry("Answer now", 'Diu \\"ara\\"').replace("\n", "\r\n").encode("utf-8-sig")
    (tmp_path / "ca.po").write_bytes(windows)
    assert problems(tmp_path) == []
    use_words(tmp_path)
    assert said("ca", "Answer now") == 'Diu "ara"'


def test_own_words_are_for_mails_alone(tmp_path: Path) -> None:
    use_words(of_sentences(tmp_path, "ca", entry("Answer now", "Respon")))
    assert translations("ca", "pages") is translations("ca", "pages")
    assert translations("ca", "pages").gettext("Answer now") != "Respon"


@pytest.mark.drill
def test_a_template_of_the_city_replaces_ours_whole_and_the_others_stay(tmp_path: Path) -> None:
    ours = (TEMPLATES / "_base" / "mail.txt").read_text()
    of_template(tmp_path, "_base/mail.txt", ours + "{% trans %}City of Prova{% endtrans %}\n")
    of_sentences(tmp_path, "es", entry("City of Prova", "Ciudad de Prova"))
    assert problems(tmp_path) == []
    use_words(tmp_path)
    spanish, french = (render("task_request", samples("task_request", each)["twelve"]).text for each in ("es", "fr"))
    assert spanish.endswith("Ciudad de Prova\n")
    assert french.endswith("City of Prova\n")


def test_what_was_read_at_the_start_stays_though_the_files_change(tmp_path: Path) -> None:
    use_words(of_sentences(tmp_path, "ca", entry("Answer now", "Respon")))
    assert said("ca", "Answer now") == "Respon"
    of_sentences(tmp_path, "ca", entry("Answer now", "Altre"))
    assert said("ca", "Answer now") == "Respon"


@pytest.mark.drill
def test_a_starter_holds_every_sentence_with_what_we_say_today_and_changes_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "words"
    assert [file.name for file in write_starter(folder, LANGUAGES)] == [f"{language}.po" for language in LANGUAGES]
    valencian = (folder / "ca-ES-valencia.po").read_text()
    assert "# Today: Este és el primer recordatori.\n#: templates/email/task_reminder/words.txt\n" in valencian
    assert "# Today: Contesta ara\n" in valencian
    assert 'msgid "Answer now"\nmsgstr ""\n' in valencian
    english = (folder / "en.po").read_text()
    assert "# Today: %(count)s indicator still missing\n# Today: %(count)s indicators still missing\n" in english
    assert english.count("\nmsgid ") == valencian.count("\nmsgid ")
    assert problems(folder) == []
    before = render("task_request", samples("task_request", "fr")["twelve"])
    use_words(folder)
    assert render("task_request", samples("task_request", "fr")["twelve"]) == before


def test_a_starter_overwrites_nothing(tmp_path: Path) -> None:
    of_sentences(tmp_path, "es", entry("Answer now", "Ya"))
    with pytest.raises(Refused, match=r"es\.po is there already and is left as it is"):
        write_starter(tmp_path, ["ca", "es"])
    assert [file.name for file in tmp_path.iterdir()] == ["es.po"]
    assert (tmp_path / "es.po").read_text() == entry("Answer now", "Ya")


HALF_A_PLURAL = (
    'msgid "%(count)s working day late"\nmsgid_plural "%(count)s working days late"\n'
    'msgstr[0] "%(count)s tard"\nmsgstr[1] ""\n'
)


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (
            entry("by %(day)s", "fins al %(dia)s"),
            "ca.po, line 1: “by %(day)s”: has other placeholders than its source: keep %(day)s, letter by letter",
        ),
        (entry("Answer now", "Al 100 % ara"), "ca.po, line 1: “Answer now”: has a single “%”: write “%%”"),
        (entry("Answer now", "<b>Respon</b>"), "ca.po, line 1: “Answer now”: has “<”: a sentence is plain words"),
        (entry("Gone", "Fora"), "ca.po, line 1: “Gone”: is no sentence of our mails (any more)"),
        (
            entry("%(count)s working day late", "%(count)s tard"),
            "ca.po, line 1: “%(count)s working day late”: has lost its msgid_plural, or got one",
        ),
        (
            HALF_A_PLURAL,
            "ca.po, line 1: “%(count)s working day late”: says 1 of 2 forms: write every msgstr",
        ),
        (
            'msgid "Answer now"\nmsgstr Respon\n',
            "ca.po: line 2: “msgstr Respon” cannot be read: write msgid ",
        ),
        ('msgid "Answer now"\nmsgstr “Respon”\n', "ca.po: line 2: “msgstr “Respon”” cannot be read"),
        ('msgid "Answer now"\nmsgstr "Diu "ara""\n', 'ca.po: line 2: “msgstr "Diu "ara""” cannot be read'),
        ('msgid "Answer now"\nmsgstr "Res"\npon\n', "ca.po: line 3: “pon” cannot be read"),
        ('msgstr "Res"\nmsgid "Answer now"\nmsgid "Send"\n', "ca.po: "),
    ],
)
def test_a_wrong_sentence_is_told_with_its_line_and_what_to_do(tmp_path: Path, entries: str, told: str) -> None:
    (problem,) = problems(of_sentences(tmp_path, "ca", entries))
    assert problem.startswith(told)


def test_a_file_that_is_no_utf_8_is_named(tmp_path: Path) -> None:
    (tmp_path / "ca.po").write_bytes(entry("Answer now", "Respón").encode("latin-1"))
    (problem,) = problems(tmp_path)
    assert problem.startswith("ca.po: ca.po cannot be read: ")
    assert problem.endswith("It has to be a .po file in UTF-8.")
    with pytest.raises(Refused, match=r"ca\.po cannot be read"):
        use_own_words(tmp_path)


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("task_request/bdy.txt", "x", "bdy.txt: is never read: none of our mails has task_request/bdy.txt; there are "),
        (
            "task_reqest/body.txt",
            "x",
            "body.txt: is never read: none of our mails has task_reqest/body.txt; there are ",
        ),
        ("task_request/body.txt", "a\n{{ greetings }}", "body.txt: uses “greetings”, which this mail does not have"),
        ("task_request/body.txt", "a\n{% if %}", "body.txt, line 2: is no template: Expected an expression"),
        ("task_request/body.txt", "a\n{{ link|shout }}", "body.txt, line 2: is no template: No filter named 'shout'"),
        (
            "task_request/body.txt",
            "a\n{{ items[99].code }}",
            "body.txt, line 2: task_request, sample “twelve”, ca: cannot be written: ",
        ),
    ],
)
def test_a_wrong_template_is_told_with_its_place_and_what_to_do(
    tmp_path: Path, name: str, source: str, told: str
) -> None:
    (problem,) = problems(of_template(tmp_path, name, source))
    assert f"email/{name.partition('/')[0]}/{told}" in problem


HTML = '<html lang="{{ language }}"><title>{{ subject }}</title><h1>x</h1><a href="{{ link }}">{{ link }}</a></html>'


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("subject.txt", "[{{ task_reference }}] Other", "the mails about one task have different subjects"),
        ("body.txt", "{{ reader_name }}", "the text part lacks the reader's link"),
        ("body.html", HTML.replace("<h1>x</h1>", ""), "the HTML has 0 of <h1>"),
        *(
            pytest.param(*wrong, marks=pytest.mark.drill)
            for wrong in (
                ("subject.txt", "", "the subject is empty"),
                ("subject.txt", "{{ of_kind.subject() }}", "the subject lacks the reference of the task"),
                ("body.txt", "{{ link }}\n%(name)s", "“%(name)” is left in the text part, near “"),
                ("body.txt", "{{ link }}\n{{ note or None }}", "“None” is left in the text part"),
                ("body.txt", "{{ link }}", "the text part lacks what the HTML shows, “"),
                ("body.html", HTML.replace("<h1>x</h1>", "<h1>x</h1><h1>x</h1>"), "the HTML has 2 of <h1>"),
                ("body.html", HTML.replace("<title>{{ subject }}</title>", ""), "the HTML has 0 of <title>"),
                ("body.html", HTML.replace("</a>", ""), "in the HTML, <a> is not closed before </html>"),
                ("body.html", HTML.replace("</h1>", "</h1></p>"), "in the HTML, </p> closes nothing"),
                ("body.html", HTML.replace("{{ language }}", "ca"), "the HTML does not say its language"),
                ("body.html", HTML.replace('href="{{ link }}"', 'href="#"'), "the HTML lacks the reader's link"),
            )
        ),
    ],
)
def test_a_mail_that_breaks_its_promise_is_told_and_nothing_starts_with_it(
    tmp_path: Path, name: str, source: str, told: str
) -> None:
    of_template(tmp_path, f"task_request/{name}", source)
    with pytest.raises(Refused, match="cannot be used") as refusal:
        use_own_words(tmp_path)
    assert any(told in sentence for sentence in refusal.value.problems), refusal.value.problems


def test_two_columns_of_the_sheet_may_not_be_called_the_same(tmp_path: Path) -> None:
    (problem,) = problems(of_sentences(tmp_path, "es", entry("Code", "Dato"), entry("Value", "dato")))
    assert problem.startswith("the sheet with a request, es: two columns have the same heading (")


def test_the_file_of_an_unknown_language_is_named(tmp_path: Path) -> None:
    (problem,) = problems(of_sentences(tmp_path, "cat", entry("Answer now", "Respon")))
    assert (
        problem
        == "cat.po: is never read: name it after its language, one of ca.po, ca-ES-valencia.po, es.po, en.po, fr.po"
    )


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="there is no such folder"):
        use_own_words(tmp_path / "nowhere")


@pytest.mark.drill
def test_a_start_without_own_words_writes_no_mail_and_one_with_them_checks_what_they_touch(tmp_path: Path) -> None:
    written: list[None] = []
    of_sentences(tmp_path, "fr", entry("Answer now", "Allez"))
    assert check_words(tmp_path, every_sample=False, wrote=lambda: written.append(None)) == ()
    assert len(written) == len(MAILS), "French only"
    use_own_words(tmp_path)
    assert said("fr", "Answer now") == "Allez"
    use_own_words(None)
    assert said("fr", "Answer now") == "Répondre maintenant"


def test_languages_share_what_is_compiled_and_each_writes_its_own_numbers(tmp_path: Path) -> None:
    of_template(tmp_path, "calendar_gap/subject.txt", "{{ 1234.5|number }} {{ 50|percent }}")
    use_words(tmp_path)
    subjects = [mail_environment(each, html=False).get_template("calendar_gap/subject.txt") for each in ("ca", "en")]
    assert [subject.render().replace("\u00a0", " ") for subject in subjects] == ["1.234,5 50 %", "1,234.5 50%"]
