"""A transcript in the order in which it was said."""

from service.transcription.turns import Word, conversation


def said(channel: int, at: float, sentence: str) -> list[Word]:
    """Return the words of a sentence, two a second, without a pause."""
    return [
        Word(channel=channel, start=at + index / 2, end=at + index / 2 + 0.5, text=f" {word}")
        for index, word in enumerate(sentence.split())
    ]


def test_a_line_is_a_turn_and_the_next_line_is_the_other_party():
    inbound = said(0, 0, "Is it open?") + said(0, 9, "Thank you.") + said(0, 11, "Goodbye.")
    outbound = said(1, 2, "It is.") + said(1, 5, "Until nine.")
    assert conversation(inbound + outbound) == "Is it open?\nIt is. Until nine.\nThank you. Goodbye."


def test_an_utterance_stays_whole_when_the_other_party_speaks_into_it():
    inbound = said(0, 0, "I would like to order a dozen of them.")
    assert conversation(inbound + said(1, 1.2, "Yes.")) == "I would like to order a dozen of them.\nYes."


def test_words_join_as_their_script_does():
    words = [Word(channel=0, start=index, end=index + 1, text=text) for index, text in enumerate("你好吗")]
    assert conversation(words) == "你好吗"


def test_nothing_said_is_an_empty_text():
    assert conversation([]) == ""
