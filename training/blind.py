"""``python -m training.blind``: how often does a model take for mining what nobody had told when it was made?

Scores flows of :data:`~training.benign.later.LATER` by the model file, as a sensor would, and writes the table into the
page. Takes two to three minutes of one core. Neither the model nor its thresholds were made with any of these kinds.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sensor.behaviour.evidence import as_they_come
from sensor.behaviour.judge import Judge
from sensor.behaviour.model import Model, load_model, logistic
from training.benign.later import LATER
from training.benign.table import benign_flows
from training.crossfit import Key
from training.dataset import Example, example_of
from training.evaluate import Trial, key_of
from training.report import false_table

_MARKS = re.compile(r"(<!-- blind -->\n).*(<!-- end of blind -->)", re.DOTALL)


def main(argv: Sequence[str]) -> int:
    """Exit 0 when the table was written."""
    given = _parser().parse_args(argv)
    model = load_model(given.model)
    flows = [example_of(flow) for flow in benign_flows(given.flows, given.seed, kinds=LATER)]
    told = table(model, flows)
    page = given.page.read_text(encoding="utf-8")
    given.page.write_text(_MARKS.sub(lambda found: f"{found[1]}\n{told}\n{found[2]}", page), encoding="utf-8")
    return 0


def table(model: Model, flows: Sequence[Example]) -> str:
    """What the model's two thresholds make of the flows."""
    at_threshold = Trial(flows, scored(model, flows), model.threshold)
    leaning = replace(at_threshold, threshold=model.leans_from)
    share = at_threshold.of("benign").share
    return "\n\n".join(
        [
            f"Model `{model.label}`: {share.hits} of {share.total} flows of {len(LATER)} such kinds at or over the "
            f"threshold, {share.rate:.3%} (95 %: {share.low:.3%} – {share.high:.3%}).",
            false_table(at_threshold),
            "At or over leaning:",
            false_table(leaning),
        ]
    )


def scored(model: Model, flows: Sequence[Example]) -> dict[Key, list[float]]:
    """The scores of all flows, of all records so far at each of them."""
    judge = Judge(model)
    return {
        key_of(flow): [
            logistic(odds) for odds in as_they_come((judge.odds(row.values) for row in flow.rows), model.doubt)
        ]
        for flow in flows
    }


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training.blind", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("signatures/models/behaviour-5.json"))
    parser.add_argument("--page", type=Path, default=Path("docs/encrypted.md"))
    parser.add_argument("--flows", type=int, default=300, help="generated flows per kind")
    parser.add_argument("--seed", type=int, default=3)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
