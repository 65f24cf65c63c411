"""The phones of the demo users: what each shows, newest first. Bounded; old phones are put away."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Any

from sandbox.wire import Message

PHONES = 200
ITEMS = 12


@dataclass(slots=True)
class Item:
    """One notification or text message on a phone."""

    id: int
    message: Message
    at: float
    clicked: bool = False
    replaced: int = 0

    def public(self) -> dict[str, Any]:
        message = self.message
        return {
            "id": self.id,
            "title": message.title,
            "text": message.data.get("snippet", message.text),
            "image": message.image,
            "sender": message.sender,
            "link": message.data.get("link", ""),
            "push_id": message.push_id,
            "at": round(self.at, 3),
            "clicked": self.clicked,
            "replaced": self.replaced,
        }


class Phones:
    """Phones by address. `version` grows with every change, so that a page asks only for news."""

    def __init__(self) -> None:
        self._phones: OrderedDict[str, deque[Item]] = OrderedDict()
        self.version = 0

    def show(self, message: Message) -> None:
        """Put an accepted message on its phone; the same collapse id replaces what was shown."""
        self.version += 1
        items = self._phones.get(message.address)
        if items is None:
            items = self._phones[message.address] = deque(maxlen=ITEMS)
            if len(self._phones) > PHONES:
                self._phones.popitem(last=False)
        else:
            self._phones.move_to_end(message.address)
        item = Item(self.version, message, time.time())
        if message.collapse_id:
            for old in items:
                if old.message.collapse_id == message.collapse_id:
                    item.replaced = old.replaced + 1
                    items.remove(old)
                    break
        items.appendleft(item)

    def find(self, item_id: int) -> Item | None:
        return next((item for items in self._phones.values() for item in items if item.id == item_id), None)

    def tap(self, item_id: int) -> Item | None:
        item = self.find(item_id)
        if item is not None:
            item.clicked = True
            self.version += 1
        return item

    def clear(self) -> None:
        self._phones.clear()
        self.version += 1

    def public(self, limit: int) -> list[dict[str, Any]]:
        """The phones that heard something last, newest first."""
        newest = list(reversed(self._phones.items()))[:limit]
        return [
            {
                "address": address,
                "platform": items[0].message.platform,
                "items": [item.public() for item in items],
            }
            for address, items in newest
            if items
        ]
