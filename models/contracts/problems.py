"""What can be wrong with something that a person wrote, on a page, in a reply or in a sheet."""

from typing import Literal

ProblemCode = Literal[
    "value_missing",  # "give a value" was chosen, the field is empty
    "value_unwanted",  # a value was typed but another choice is marked
    "reason_missing",  # "not available" needs its reason
    "not_a_number",  # letters, a date, a formula
    "range_given",  # 10-12, "between 3 and 5"
    "not_whole",  # a count with decimals
    "negative",  # a count or percentage below zero
    "percent_over_100",
    "number_too_large",
    "too_long",  # params: length, limit
    "choice_unknown",
    "yes_no_missing",
    "score_out_of_range",  # a score that is not 0, 1, 2, 3 or 4
    "too_many_lines",  # a list; params: length, limit
    "line_unread",  # a line of a list without its day, or with too many parts; params: length (which line)
    "known_differs",  # a figure other than the one that Focal counted, without a reason
    "line_past",  # a line of a list whose day is over; params: length (which line)
    "day_unread",  # no date
    "months_unread",  # not a list of lengths in months, each from 1 to 60
    "ends_before_starts",  # a project that ends before it starts
    "project_too_long",  # one of more than ten years
    "over_before_signed",  # one that was over more than a year before its agreement was signed
    "periods_too_long",  # reporting periods that together are longer than the project
]

UnreadProblem = (
    ProblemCode
    | Literal[
        "unknown_code",  # looks like a code or number, but the task does not ask for it
        "two_values",  # the same item was given twice with different values
        "no_previous",  # "the same as last time", and there was no last time
        "not_understood",  # words that are no value
        "formula_without_value",
        "hidden_row",
        "wrong_sheet",  # the sheet of another task or an older one
    ]
)

SheetProblem = Literal[
    "too_large",
    "bomb",  # unpacks to far more than it should
    "protected",  # with a password
    "macros",
    "unsupported",  # a kind of file that is not read
    "unreadable",
    "took_too_long",
    "no_table",  # neither codes nor numbers found
]
