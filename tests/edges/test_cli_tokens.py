"""The `focal` command for those who work on the office's pages and for the tokens of programs."""

from tests.edges.command import Focal


def test_a_token_is_issued_listed_and_revoked(city: Focal):
    assert "There are none" in city("token", "list").out
    issued = city("token", "issue", "crm", "--role", "coordinator", "--unit", "ACT-VLC-ECO", "--days", "30")
    assert issued.out.startswith("focal_")
    assert len(issued.out.strip()) > 40
    (listed,) = city("token", "list").out.splitlines()
    assert listed.startswith("crm  coordinator  ACT-VLC-ECO  valid, until ")
    assert listed.endswith("never used")
    again = city("token", "issue", "crm", "--role", "manager")
    assert (again.code, "already: give this one another name" in again.err) == (1, True)
    assert city("token", "revoke", "crm").out == "The token of crm is revoked.\n"
    assert "revoked, until" in city("token", "list").out
    assert city("token", "revoke", "crm").code == 1


def test_roles_are_given_listed_and_taken_away_and_a_link_is_handed_out(city: Focal):
    assert "Nobody has a role" in city("staff", "list").out
    granted = city("staff", "grant", "neus.climent", "--role", "operator")
    assert granted.out == "neus.climent is operator for the whole city.\n"
    assert city("staff", "grant", "nobody", "--role", "operator").code == 1
    city("staff", "grant", "rafael.montesinos", "--role", "manager", "--unit", "ACT-VLC-ECO")
    assert "rafael.montesinos  manager  Àrea Ecologia Urbana  Rafael" in city("staff", "list").out
    assert city("staff", "link", "neus.climent").out.startswith("http://127.0.0.1:8081/sign-in/")
    assert "has no role" in city("staff", "link", "laia.peiro").err
    assert "last operator" in city("staff", "revoke", "neus.climent", "--role", "operator").err
    taken = city("staff", "revoke", "rafael.montesinos", "--role", "manager", "--unit", "ACT-VLC-ECO")
    assert taken.out == "rafael.montesinos is not manager for ACT-VLC-ECO any more.\n"
