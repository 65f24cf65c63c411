from projects.short_memory import ShortMemory


def test_what_is_put_is_remembered_until_its_time_is_over():
    memory, brief = ShortMemory(seconds=600), ShortMemory(seconds=0)
    for each in (memory, brief):
        each.put("a", 1)
    assert (memory.get("a"), memory.get("b"), brief.get("a")) == (1, None, None)


def test_the_oldest_goes_first_when_there_are_too_many():
    memory = ShortMemory(seconds=600, size=2)
    for key in ("a", "b", "a", "c"):
        memory.put(key, key)
    assert [memory.get(key) for key in ("a", "b", "c")] == ["a", None, "c"]


def test_it_can_be_cleared():
    memory = ShortMemory(seconds=600)
    memory.put("a", 1)
    memory.clear()
    assert memory.get("a") is None
