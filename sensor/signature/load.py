"""How does a folder of files become a signature set, or the list of everything wrong with it?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sensor.model.errors import SignatureError
from sensor.model.yamlfile import parse_yaml
from sensor.signature.coins import Coin, compile_coins
from sensor.signature.compile import Signature, compile_signature
from sensor.signature.document import CoinDocument, SignatureDocument
from sensor.signature.efficiency import FILE as EFFICIENCY
from sensor.signature.efficiency import EfficiencyDocument, read_efficiency
from sensor.signature.faults import Fault, Faults
from sensor.signature.location import shipped_folder
from sensor.signature.parse import Parse, Parsed, parse_coins, parse_signature
from sensor.signature.refusals import FILE as REFUSALS
from sensor.signature.refusals import RefusalDocument, read_refusals
from sensor.signature.remembered import Remembered
from sensor.signature.set import SignatureSet, build_set

COINS = "coins.yml"
EXCEPTIONS = "known_false_positives.yml"
NURSERY = "nursery"
DEPRECATED = "deprecated"
MAX_FILES = 10_000
_NOT_SIGNATURES = frozenset({COINS, EFFICIENCY, EXCEPTIONS, REFUSALS})


@dataclass(frozen=True)
class Folder:
    """What was read from a folder, and what was wrong with it."""

    parsed: tuple[Parsed[SignatureDocument], ...]
    signatures: tuple[Signature, ...]
    coins: tuple[Coin, ...]
    coin_documents: tuple[CoinDocument, ...]
    faults: tuple[Fault, ...]
    efficiency: EfficiencyDocument | None = None
    refusals: RefusalDocument | None = None

    def build(self) -> SignatureSet:
        """The set of everything that compiled."""
        return build_set(self.signatures, self.coins, self.coin_documents, self.efficiency, self.refusals)


def load(folder: Path | None = None, *, nursery: bool = False, remembered: Remembered | None = None) -> SignatureSet:
    """The signature set in ``folder``; the shipped one when it is None. ``nursery`` adds what is not up to the bar.

    Texts that ``remembered`` knows are not parsed again.

    Raises :class:`~sensor.model.errors.SignatureError` that lists every fault as ``file:line: [kind] what; remedy``.
    """
    texts = remembered or Remembered(None)
    read = read_folder(shipped_folder() if folder is None else folder, nursery=nursery, parse=texts.parse)
    if read.faults:
        raise SignatureError("\n".join(str(fault) for fault in read.faults))
    texts.keep()
    return read.build()


def read_folder(folder: Path, *, nursery: bool = False, deprecated: bool = False, parse: Parse = parse_yaml) -> Folder:
    """Everything in ``folder``, whatever its faults. Raises SignatureError when there is no such folder."""
    if not folder.is_dir():
        raise SignatureError(f"{folder}: there is no such folder; name a folder with signatures")
    skipped = {*([] if nursery else [NURSERY]), *([] if deprecated else [DEPRECATED])}
    faults = Faults()
    parsed = tuple(_parse_all(folder, skipped, faults, parse))
    faults.extend(_duplicates(parsed))
    signatures = [signature for each in parsed if (signature := compile_signature(each, faults)) is not None]
    coins, documents = _read_coins(folder, faults, parse)
    efficiency = read_efficiency(folder, faults, parse)
    refusals = read_refusals(folder, faults, parse)
    return Folder(parsed, tuple(signatures), coins, documents, faults.all(), efficiency, refusals)


def signature_files(folder: Path, skipped: Iterable[str] = ()) -> list[Path]:
    """The signature files below ``folder``, sorted; hidden ones and the folders ``skipped`` are left out."""
    found: list[Path] = []
    for root, folders, files in os.walk(folder):
        here = Path(root)
        top = here == folder
        folders[:] = sorted(name for name in folders if name[0] != "." and not (top and name in skipped))
        names = (name for name in files if name.endswith((".yml", ".yaml")) and name[0] != ".")
        found.extend(here / name for name in names if not (top and name in _NOT_SIGNATURES))
        if len(found) > MAX_FILES:
            raise SignatureError(f"{folder}: more than {MAX_FILES} files; is this a folder of signatures?")
    return sorted(found)


def _parse_all(
    folder: Path, skipped: Iterable[str], faults: Faults, parse: Parse
) -> Iterator[Parsed[SignatureDocument]]:
    for path in signature_files(folder, skipped):
        parsed = parse_signature(path, str(path), faults, parse)
        if parsed is not None:
            yield parsed


def _duplicates(parsed: Iterable[Parsed[SignatureDocument]]) -> Iterator[Fault]:
    first: dict[tuple[str, str], str] = {}
    for each in parsed:
        for key in ("id", "name"):
            value = str(getattr(each.document, key))
            taken = first.setdefault((key, value), each.shown)
            if taken != each.shown:
                yield each.fault((key,), "identity", f"{key} {value} is taken by {taken}", "choose another")


def _read_coins(folder: Path, faults: Faults, parse: Parse) -> tuple[tuple[Coin, ...], tuple[CoinDocument, ...]]:
    path = folder / COINS
    if not path.is_file():
        return (), ()
    parsed = parse_coins(path, str(path), faults, parse)
    if parsed is None:
        return (), ()
    return compile_coins(parsed, faults), tuple(parsed.document)
