"""Real feeds are messy: what can be read is accepted, what cannot is set aside with its line, the reason and the cure."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from services.items.feed import Report, items
from services.items.problems import MAX_ROW, FeedError
from udfs.core.items.item import Item


def read(tmp_path: Path, content: str | bytes, name: str = "feed", **options: Any) -> tuple[dict[str, Item], Report]:
    file = tmp_path / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    report = Report(name=name)
    return {item.id: item for item in items(file, report, **options)}, report


def faults(report: Report) -> list[tuple[str | None, str, list[int]]]:
    return [(told.fault.field, told.fault.what, [line for line, _ in told.places]) for told in report.faults.values()]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_table_with_any_separator(tmp_path: Path, separator: str) -> None:
    header, row = ["SKU", "Product Title", "Price", "Stock", "Colour Name"], ["t-1", "Dome", "19.90 EUR", "3", "sea green"]
    found, report = read(tmp_path, f"{separator.join(header)}\r\n{separator.join(row)}\r\n")
    tent = found["t-1"]
    assert (tent.name, tent.price, tent.currency, tent.stock, tent.in_stock) == ("Dome", 19.9, "EUR", 3.0, True)
    assert tent.properties == {"colour_name": "sea green"}
    assert (report.kind, report.items, faults(report)) == ("CSV", 1, [])


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(tmp_path: Path, ends: str) -> None:
    found, _ = read(tmp_path, ends.join(["id,name", "a,A", "b,B"]))
    assert sorted(found) == ["a", "b"]


def test_a_byte_order_mark_html_entities_and_blanks(tmp_path: Path) -> None:
    found, _ = read(tmp_path, b'\xef\xbb\xbf"id",name\n a ," <p>Dome &amp;amp; <b>Tent</b>&nbsp;2</p>"\n'.decode())
    assert found["a"].name == "Dome & Tent 2"


def test_what_only_looks_like_html_stays(tmp_path: Path) -> None:
    found, _ = read(tmp_path, 'id,name\na,"Dome <2> & 3 < 4"\n')
    assert found["a"].name == "Dome <2> & 3 < 4"


def test_a_row_without_an_id_and_rows_with_wrong_columns_are_left_out_and_the_others_taken(tmp_path: Path) -> None:
    found, report = read(tmp_path, "id,name,price\na,A,1.50\n,nameless,2\nb,B, C,3\nhalf\nc,C,4\n\n,,\n")
    assert sorted(found) == ["a", "c"]
    assert report.left_out == 4
    assert faults(report) == [
        ("id", "is missing", [3, 8]),
        (None, "has 4 cells, and the header 3: a comma inside a text, perhaps", [4]),
        (None, "has 1 cells, and the header 3: a line break inside a text, perhaps", [5]),
    ]


def test_of_an_id_that_comes_twice_the_last_counts_and_both_places_are_told(tmp_path: Path) -> None:
    found, report = read(tmp_path, "id,price\na,1\na,2\n")
    assert (found["a"].price, report.items) == (2.0, 1)
    assert faults(report) == [("id", "stands here twice: the last one counts", [3])]


def test_properties_are_counted_by_their_names_whichever_item_has_them_first(tmp_path: Path) -> None:
    _, report = read(tmp_path, '[{"id": "a", "size": "L"}, {"id": "b", "colour": "red"}, {"id": "c", "colour": "blue", "weight": 7}]')
    assert (dict(report.properties), report.known["properties"]) == ({"size": 1, "colour": 2, "weight": 1}, 3)


def test_a_feed_says_of_how_many_items_each_field_is_known(tmp_path: Path) -> None:
    _, report = read(tmp_path, "id,name,tags,price\na,A,,1\nb,B,sale,\nc,,-,\nc,,null,2\n")
    assert dict(report.known) == {"id": 3, "name": 2, "price": 2, "tags": 1}


def test_of_an_id_that_comes_twice_the_shares_count_the_item_and_not_its_rows(tmp_path: Path) -> None:
    _, report = read(tmp_path, "id,name,colour\n" + "a,A,red\n" * 3 + "a,,red\nb,B,\n")
    assert (dict(report.known), report.items) == ({"id": 2, "name": 1, "properties": 1}, 2)
    assert dict(report.properties) == {"colour": 1}


def test_what_kairos_computes_is_not_read_from_a_feed_and_told(tmp_path: Path) -> None:
    found, report = read(tmp_path, "id,viewers_1h,learned\na,7,true\nb,,\n")
    assert (found["a"], found["b"]) == (Item(id="a"), Item(id="b"))
    assert faults(report) == [("learned", "is not read: Kairos computes it", [2]), ("viewers_1h", "is not read: Kairos computes it", [2])]


def test_a_quote_that_nothing_closes_costs_its_row_and_not_the_rest_of_the_file(tmp_path: Path) -> None:
    rows = "".join(f"i{number},name {number},1\n" for number in range(1_000))
    found, report = read(tmp_path, f'id,name,price\nbad,"15 inch,1\n{rows}')
    assert len(found) == 1_001
    assert found["bad"].name == '"15 inch'
    assert [fault[1] for fault in faults(report)] == ["has a double quote that nothing closes: the lines after it were read one by one"]


def test_a_line_break_inside_of_quotes_is_part_of_the_text(tmp_path: Path) -> None:
    found, report = read(tmp_path, 'id,name\na,"Dome\nTent"\nb,B\n')
    assert (found["a"].name, sorted(found), faults(report)) == ("Dome Tent", ["a", "b"], [])


def test_a_file_in_windows_encoding_is_read_and_told(tmp_path: Path) -> None:
    found, report = read(tmp_path, "id,name\na,Zelt für Gäste\nb,plain\n".encode("cp1252"))
    assert found["a"].name == "Zelt für Gäste"
    assert faults(report) == [(None, "is not UTF-8, and was read as Windows-1252", [2])]


def test_the_id_column_may_be_named_by_hand(tmp_path: Path) -> None:
    found, _ = read(tmp_path, "Nummer,sku\n7,x\n", chosen={"id": "Nummer"})
    assert found["7"].properties == {"sku": "x"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("name,price\nA,1\n", "no column that is the item's id"),
        (b"PK\x03\x04xlsx", "a zip archive"),
        (b"\xff\xfei\x00d\x00", "is UTF-16"),
        ("<!DOCTYPE html><html></html>", "is a web page"),
        ("<html><body>login</body></html>", "is a web page"),
        ("<rss><channel></channel></rss>", "without an <item>"),
    ],
)
def test_what_is_no_feed_is_refused_as_a_whole(tmp_path: Path, content: str | bytes, message: str) -> None:
    with pytest.raises(FeedError) as caught:
        read(tmp_path, content)
    assert message in str(caught.value)


@pytest.mark.slow
def test_gzip_is_unpacked_and_one_that_is_cut_off_says_how_far_it_went(tmp_path: Path) -> None:
    packed = gzip.compress(b"id,name\n" + b"".join(b"i%d,%d\n" % (number, number * 7919) for number in range(200_000)))
    found, _ = read(tmp_path, packed)
    assert len(found) == 200_000
    with pytest.raises(FeedError, match="is cut off or broken"):
        read(tmp_path, packed[:-20])


def test_a_file_that_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    from services.items.opened import opened

    (tmp_path / "bomb").write_bytes(gzip.compress(b"0" * 10_000_000))
    with pytest.raises(FeedError, match="more than 1,000,000 bytes unpacked"), opened(tmp_path / "bomb", most=1_000_000) as pieces:
        list(pieces)


# JSON


@pytest.mark.parametrize(
    "content",
    [
        '[{"id": "a", "price": 1.5}, {"id": "b"}]',
        '{"id": "a", "price": 1.5}\n{"id": "b"}\n',
        '{"products": [{"id": "a", "price": 1.5}, {"id": "b"}], "next_page": null}',
        '\ufeff [\n {"id": "a", "price": "1,50"},\n {"id": "b"}\n]\n',
    ],
)
def test_json_as_a_list_as_lines_and_inside_of_an_object(tmp_path: Path, content: str) -> None:
    found, report = read(tmp_path, content)
    assert (sorted(found), found["a"].price, report.kind, faults(report)) == (["a", "b"], 1.5, "JSON", [])


def test_an_object_of_json_has_tags_properties_and_a_vector(tmp_path: Path) -> None:
    raw = {
        "id": 441,
        "category": ["Outdoor", "Tents"],
        "tags": ["sale", "sale", "summer"],
        "stock": 0,
        "properties": {"Frame Size": 2, "deep": {"a": [1, 2]}},
        "seasons": ["spring"],
        "embedding": [0.5, -1],
        "releaseDate": "2026-03-01",
    }
    found, report = read(tmp_path, json.dumps([raw]))
    item = found["441"]
    assert (item.category, item.tags, item.stock, item.in_stock) == ("Outdoor > Tents", ("sale", "summer"), 0.0, False)
    assert (item.properties, item.embedding, item.released) == (
        {"frame_size": 2, "deep": {"a": [1, 2]}, "seasons": ["spring"]},
        (0.5, -1.0),
        "2026-03-01",
    )
    assert faults(report) == []


def test_a_broken_object_is_left_out_and_what_follows_is_taken(tmp_path: Path) -> None:
    found, report = read(tmp_path, '[{"id": "a"},\n {"id": "b", oops},\n {"id": "c"},\n 7,\n {"id": "d"}]')
    assert sorted(found) == ["a", "c", "d"]
    assert [(what.partition(":")[0], lines) for _, what, lines in faults(report)] == [("is not JSON", [2]), ("is no object", [4])]
    assert report.left_out == 2


def test_a_broken_line_costs_that_line(tmp_path: Path) -> None:
    found, report = read(tmp_path, '{"id": "a"}\n{"id": "b"\n{"id": "c"}\n')
    assert sorted(found) == ["a", "c"]
    assert [told[2] for told in faults(report)] == [[2]]


def test_json_of_any_length_is_read_in_pieces(tmp_path: Path) -> None:
    found, _ = read(tmp_path, json.dumps([{"id": f"i{number}", "name": "x" * 50} for number in range(30_000)]))
    assert len(found) == 30_000


@pytest.mark.parametrize("content", ["[" * 100_000, '[{"a":' * 100_000, "[" + "9" * 100_000, '[{"id": "' + "x" * (2 * MAX_ROW)])
def test_hostile_json_ends_and_is_told(tmp_path: Path, content: str) -> None:
    found, report = read(tmp_path, content)
    assert (found, len(report.faults) >= 1) == ({}, True)


# XML


RSS = '<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n<title>Shop</title>\n{}</channel></rss>'
GOOD = "<item><g:id>{}</g:id><title>Tent</title><g:price>19.90 EUR</g:price></item>\n"


def test_googles_feed_in_rss(tmp_path: Path) -> None:
    item = """<item>
      <g:id>TENT_1</g:id><g:title>Dome &amp; more</g:title><link>https://shop.example/t?a=1&amp;b=2</link>
      <g:image_link>https://shop.example/t.jpg</g:image_link><g:price>1,999.00 USD</g:price><g:sale_price>1499 USD</g:sale_price>
      <g:availability>in_stock</g:availability><g:brand>Acme</g:brand><g:product_type>Outdoor &gt; Tents</g:product_type>
      <g:google_product_category>1013</g:google_product_category><g:description>Long…</g:description>
      <g:shipping><g:country>US</g:country><g:price>4.90 USD</g:price></g:shipping><g:custom_label_0>summer</g:custom_label_0>
    </item>"""
    found, report = read(tmp_path, RSS.format(item))
    tent = found["TENT_1"]
    assert (tent.name, tent.price, tent.list_price, tent.currency) == ("Dome & more", 1499.0, 1999.0, "USD")
    assert (tent.category, tent.in_stock, tent.stock, tent.brand) == ("Outdoor > Tents", True, None, "Acme")
    assert (tent.url, tent.image) == ("https://shop.example/t?a=1&b=2", "https://shop.example/t.jpg")
    assert tent.properties == {"google_product_category": "1013", "custom_label_0": "summer"}
    assert (report.kind, faults(report)) == ("XML", [])


def test_googles_feed_in_atom(tmp_path: Path) -> None:
    feed = """<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0"><entry>
      <g:id>1</g:id><title type="html"><![CDATA[<b>Dome</b>]]></title><link rel="alternate" href="https://shop.example/1"/>
      </entry></feed>"""
    found, _ = read(tmp_path, feed)
    assert (found["1"].name, found["1"].url) == ("Dome", "https://shop.example/1")


def test_a_broken_item_of_xml_is_left_out_and_what_follows_is_taken(tmp_path: Path) -> None:
    bad = "<item><g:id>2</g:id><title>Tent & more</title></item>\n"
    found, report = read(tmp_path, RSS.format(GOOD.format(1) + bad + GOOD.format(3)))
    assert sorted(found) == ["1", "3"]
    ((field, what, lines),) = faults(report)
    assert (field, "is no XML" in what, lines, report.left_out) == (None, True, [5], 1)


def test_a_feed_that_is_cut_off_gives_what_it_has(tmp_path: Path) -> None:
    found, report = read(tmp_path, RSS.format(GOOD.format(1) + GOOD.format(2))[:-40])
    assert "1" in found
    assert report.left_out == 1


def test_elements_within_elements_are_no_values_of_the_item(tmp_path: Path) -> None:
    inner = "<title>Two<b>no</b>men <!-- said --> &lt;</title><g:size>L</g:size><g:size>XL</g:size><labels>a</labels><labels>b</labels>"
    deep = "<d>" * 20 + "</d>" * 20
    found, report = read(tmp_path, RSS.format(f"<item><g:id>1</g:id>{inner}</item><item><g:id>2</g:id>{deep}</item>"))
    assert (found["1"].name, found["1"].tags, found["1"].properties) == ("Two men <", ("a", "b"), {"size": "L"})
    assert [told[1] for told in faults(report)] == ["is no XML: it is nested too deeply"]


def test_an_encoding_that_is_declared_is_read(tmp_path: Path) -> None:
    content = '<?xml version="1.0" encoding="ISO-8859-1"?><rss><item><id>1</id><title>Gäste</title></item></rss>'.encode("latin-1")
    found, _ = read(tmp_path, content)
    assert found["1"].name == "Gäste"


@pytest.mark.parametrize(
    "content",
    [
        '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss><item><id>&x;</id></item></rss>',
        '<!doctype r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><rss><item><id>&b;</id></item></rss>',
        '<rss><item><!DOCTYPE r [<!ENTITY a "b">]><id>&a;</id></item></rss>',
        f"<rss><item><id>1</id></item>{' ' * 100_000}<!DOCTYPE r><item><id>2</id></item></rss>",
        f'{" " * 200_000}<!DOCTYPE r [<!ENTITY a "b">]><rss><item><id>&a;</id></item></rss>',
    ],
)
def test_entities_and_document_types_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(FeedError, match="declares entities or a document type"):
        read(tmp_path, content)


@pytest.mark.slow
@pytest.mark.parametrize("inner", ["<a>" * 100_000, "x" * (2 * MAX_ROW), "<id>1</id>" * 2])
def test_hostile_items_end_and_are_told(tmp_path: Path, inner: str) -> None:
    found, report = read(tmp_path, f"<rss><item>{inner}</item><item><id>2</id></item></rss>")
    assert "2" in found
    assert bool(report.faults) is ("1" not in found)


def test_numbers_of_lines_are_those_of_the_file(tmp_path: Path) -> None:
    many = "".join(GOOD.format(number) for number in range(20_000))
    _, report = read(tmp_path, RSS.format(many + "<item><title>no id</title></item>\n"))
    assert faults(report) == [("id", "is missing", [20_004])]
