"""The words of an office in a document: paragraphs worded anew in their places, and what a correction names."""

import json
from collections.abc import Mapping
from dataclasses import replace

from app.domain.documents import SERIES
from app.printouts.documents import Block, Document, Paragraph, Slot
from app.services.errors import Message, msg

MOST_WORDS = 2000  # characters of one paragraph
Words = Mapping[Slot, str]


def read_words(text: str) -> dict[Slot, str]:
    """Return the stored words of an office by their places."""
    return {Slot(slot): words for slot, words in json.loads(text).items()}


def write_words(words: Words) -> str:
    """Return the words of an office as they are stored."""
    return json.dumps({slot.value: text for slot, text in words.items()}, ensure_ascii=False, sort_keys=True)


def worded(document: Document, words: Words) -> Document:
    """Return the document with the words of the office in their places; each line of them is a paragraph."""
    blocks: list[Block] = []
    placed: set[Slot] = set()
    for block in document.blocks:
        slot = block.slot if isinstance(block, Paragraph) else None
        if slot is None or slot not in words:
            blocks.append(block)
        elif slot not in placed:
            placed.add(slot)
            lines = (line.strip() for line in words[slot].splitlines())
            blocks += [Paragraph(line, slot) for line in lines if line]
    return replace(document, blocks=tuple(blocks))


def slots_of(document: Document) -> dict[Slot, str]:
    """Return the paragraphs that an office may word, as they read now; several of one place as lines."""
    found: dict[Slot, str] = {}
    for block in document.blocks:
        if isinstance(block, Paragraph) and block.slot is not None:
            found[block.slot] = f"{found[block.slot]}\n{block.text}" if block.slot in found else block.text
    return found


def word_problems(words: Words, slots: Mapping[Slot, str]) -> dict[str, Message]:
    """Say what is wrong with words by their places."""
    problems: dict[str, Message] = {}
    for slot, text in words.items():
        if slot not in slots:
            problems[slot.value] = msg("this document has no such paragraph")
        elif not text.strip():
            problems[slot.value] = msg("fill in this field")
        elif len(text) > MOST_WORDS:
            problems[slot.value] = msg("at most %(limit)s characters", limit=MOST_WORDS)
    return problems


def correcting(document: Document, title: str, number: str | None) -> Document:
    """Return the document with the sentence that names the one it corrects, and （更正） behind its title."""
    inner = title.replace("《", "〈").replace("》", "〉")  # GB/T 15834-2011: a title within a title
    named = f"《{inner}》（{number}）" if number else f"《{inner}》"
    sentence = Paragraph(f"本件为对{named}的更正，原件与本件不一致的，以本件为准。")
    lines = (*document.title_lines[:-1], f"{document.title_lines[-1]}（更正）")
    return replace(document, title_lines=lines, blocks=(sentence, *document.blocks))


def series_problem(series: str) -> Message | None:
    """Say what is wrong with an organ's code word; None: nothing."""
    return None if SERIES.fullmatch(series) else msg("two to twelve Chinese characters, for example 洛均衡办")
