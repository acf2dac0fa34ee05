"""The page about the command line is what the commands say of themselves."""

from __future__ import annotations

from reconcile.cli import GROUPS
from tools.cli_page import MARK, PAGE, page


def test_the_page_is_up_to_date() -> None:
    """What the tool would write is what is there."""
    now = PAGE.read_text(encoding="utf-8")
    assert now == page(now), "docs/cli.md is out of date: python tools/cli_page.py"


def test_what_is_written_by_hand_stays() -> None:
    """Only what stands behind the mark is written anew."""
    assert page(f"# Mine\n\n{MARK}\nold\n").startswith(f"# Mine\n\n{MARK}\n## ")


def test_every_command_is_there() -> None:
    """With its arguments, an example and its exit codes."""
    text = PAGE.read_text(encoding="utf-8")
    for _, modules in GROUPS:
        for module in modules:
            section = text.partition(f"### reconcile {module.NAME}\n")[2].partition("\n### ")[0]
            assert "```sh\n# " in section
            assert "Ends with **0** " in section
