"""Synonyms: the list that is there, and how it is made from WordNet's files."""

from pathlib import Path

from retrieval.training.synonyms import read_wordnet, synonyms


def test_words_stand_for_others_of_their_form() -> None:
    found = synonyms()
    assert "renowned" in found["famous"]
    assert "reacted" in found["responded"]
    assert "nation" in found["country"]
    assert len(found) > 5_000
    for word, others in found.items():
        assert others
        assert word not in others
        assert all(other.isalpha() and other.islower() for other in (word, *others))


def test_wordnets_files_are_read(tmp_path: Path) -> None:
    senses = (
        "nation%1:14:00:: 02000000 2 5",
        "land%1:14:00:: 02000000 2 9",
        "land%1:15:00:: 01000000 1 3",
        "land%2:38:00:: 03000000 1 7",
        "fair%5:00:00:just:00 04000000 1 0",
    )
    (tmp_path / "index.sense").write_text("\n".join(senses))
    for name in ("noun", "verb", "adj", "adv"):
        (tmp_path / f"data.{name}").write_text("  1 This database is licensed.\n")
    with (tmp_path / "data.noun").open("a") as nouns:
        nouns.write("02000000 15 n 02 land 0 nation(a) 0 001 @ 0 n 0000 | a people\n")
    net = read_wordnet(tmp_path)
    assert list(net.meant["land", "n"].items()) == [("01000000", 3), ("02000000", 9)]
    assert net.meant["land", "v"] == {"03000000": 7}
    assert ("fair", "a") in net.meant
    assert net.same == {("n", "02000000"): ["land", "nation"]}
