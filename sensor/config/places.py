"""On which line of a YAML file is the value at a key path?"""

from __future__ import annotations

from ruamel.yaml import YAML
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

KeyPath = tuple[int | str, ...]


def line_of(text: str, path: KeyPath) -> int:
    """The 1-based line of the key or list item at ``path``, or of the nearest parent that is there."""
    node: Node | None = YAML(typ="rt").compose(text)
    line = 1
    for part in path:
        step = _step(node, part)
        if step is None:
            break
        line, node = step
    return line


def _step(node: Node | None, part: int | str) -> tuple[int, Node] | None:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: Node = node.value[part]
        return item.start_mark.line + 1, item
    return None
