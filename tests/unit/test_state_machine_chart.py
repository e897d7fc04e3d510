"""The page that people read says what the table decides."""

from chart import PAGE, page


def test_the_page_is_drawn_from_the_table():
    assert PAGE.read_text(encoding="utf-8") == page(), "python tests/chart.py writes the page anew"
