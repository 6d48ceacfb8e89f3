"""``python -m training CAPTURES``: trains the behaviour model, tries it, writes model and tables.

Takes some twenty minutes of one core. The same captures and seed give the same model.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from sensor.behaviour.model import load_model
from training.crossfit import Key, cross_fitted, trainable
from training.dataset import Example, Size, benign_examples, digest_of, examples
from training.document import document
from training.evaluate import FALSE_RATE, LEANING_RATE, Trial, threshold_for
from training.fit import Fitted, fit, scores_of, trees_of
from training.report import tables

_MARKS = re.compile(r"(<!-- tables -->\n).*(<!-- end of tables -->)", re.DOTALL)


def main(argv: Sequence[str]) -> int:
    """Exit 0 when model and tables were written."""
    given = _parser().parse_args(argv)
    learned_from = examples(given.captures, Size(given.mining, given.benign, given.made_up), given.seed, given.jobs)
    tried_on = benign_examples(given.trial, given.seed + 1, given.jobs)
    used = trainable(learned_from)
    write(given, learned_from, tried_on, cross_fitted(learned_from), fit(used))
    return 0


def write(
    given: argparse.Namespace,
    learned_from: Sequence[Example],
    tried_on: Sequence[Example],
    crossed: Mapping[Key, Sequence[float]],
    model: Fitted,
) -> None:
    """Choose the thresholds, write the model, and the tables into the page."""
    used = trainable(learned_from)
    unseen = [one for one in used if one.family == "benign"]
    thresholds = threshold_for(unseen, crossed, FALSE_RATE), threshold_for(unseen, crossed, LEANING_RATE)
    told = document(given.name, given.date, trees_of(model), thresholds, used, digest_of(used), chosen_on=len(unseen))
    given.model.parent.mkdir(parents=True, exist_ok=True)
    given.model.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    label = load_model(given.model).label
    known = Trial(tried_on, _scores(model, tried_on), thresholds[0])
    made = tables(label, Trial(learned_from, crossed, thresholds[0]), known, thresholds[1])
    page = given.page.read_text(encoding="utf-8")
    given.page.write_text(_MARKS.sub(lambda found: f"{found[1]}\n{made}\n{found[2]}", page), encoding="utf-8")


def _scores(model: Fitted, benign: Sequence[Example]) -> dict[tuple[str, str], list[float]]:
    return {(one.source, one.name): told for one, told in zip(benign, scores_of(model, benign), strict=True)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description=__doc__)
    parser.add_argument("captures", type=Path, help="folder with encrypted-flows, mining, hashrate, benign, TRUTH.csv")
    parser.add_argument("--name", default="behaviour-4", help="name of the model")
    parser.add_argument("--date", default=datetime.datetime.now(datetime.UTC).date().isoformat())
    parser.add_argument("--model", type=Path, default=Path("signatures/models/behaviour-4.json"))
    parser.add_argument("--page", type=Path, default=Path("docs/encrypted.md"))
    parser.add_argument("--mining", type=int, default=40, help="generated sessions per mining source")
    parser.add_argument("--benign", type=int, default=120, help="generated flows per benign kind to learn from")
    parser.add_argument("--made-up", type=int, default=200, help="flows per made-up source")
    parser.add_argument(
        "--trial",
        type=int,
        default=300,
        help="other flows per benign kind, to count false scores among",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="processes that make flows and their records")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
