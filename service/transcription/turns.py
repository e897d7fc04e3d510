"""From words with their times to a text that reads as the conversation went."""

from collections.abc import Iterable
from dataclasses import dataclass

PAUSE_SECONDS = 0.6
"""A silence that parts one utterance from the next: what the other party says in it comes between the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """`text` is as it joins the word before: with a space in front, where its script has spaces."""

    channel: int
    start: float
    end: float
    text: str


def conversation(words: Iterable[Word]) -> str:
    """Return the words in order of time, a line a turn: the next line is the other party.

    `words` are in order of time within a channel. An utterance stays whole where the other party speaks into it.
    """
    utterances: list[list[Word]] = []
    for word in words:
        last = utterances[-1][-1] if utterances else None
        if last and last.channel == word.channel and word.start - last.end < PAUSE_SECONDS:
            utterances[-1].append(word)
        else:
            utterances.append([word])
    turns: list[tuple[int, list[str]]] = []
    for utterance in sorted(utterances, key=lambda one: one[0].start):
        said = "".join(word.text for word in utterance).strip()
        if turns and turns[-1][0] == utterance[0].channel:
            turns[-1][1].append(said)
        else:
            turns.append((utterance[0].channel, [said]))
    return "\n".join(" ".join(turn) for _, turn in turns)
