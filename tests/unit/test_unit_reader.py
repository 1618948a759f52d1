"""The one reader of the configuration: what each kind of value may be, and that an error says where, what and how."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custom_sender.errors import SettingsError
from custom_sender.reader import UNKNOWN, Form, Reader, got, refuse, shown, words
from support.refusals import refused

COLOR: Final = Form("a color", r"red|green")
SIZE: Final = Form("a size of one letter", r"[SML]", 1)
TAG: Final = Form("a language tag", r"[A-Za-z]{2}(?:[-_][A-Za-z]{2})?")
# In the place of a number or a credential that was put into the wrong attribute.
NUMBER: Final = "+4915112345678"
SECRET: Final = "hunter2 hunter2"
# What each kind of value is read by, and something that is good for it.
METHODS: Final[dict[str, tuple[Callable[[Reader], object], object]]] = {
    "text": (lambda reader: reader.text("it", COLOR), "red"),
    "required text": (lambda reader: reader.text("it", COLOR, SIZE, required=True), "M"),
    "word": (lambda reader: reader.word("it", ("on", "off")), "on"),
    "switch": (lambda reader: reader.switch("it"), True),
    "whole": (lambda reader: reader.whole("it", 1, 60), 60),
    "share": (lambda reader: reader.share("it"), 0.5),
    "texts": (lambda reader: reader.texts("it", COLOR), ["red", "green"]),
    "required texts": (lambda reader: reader.texts("it", COLOR, required=True), ["red"]),
    "by name": (lambda reader: reader.by_name("it", TAG, COLOR), {"en": "red"}),
    "within": (lambda reader: reader.within("it").text("inner", COLOR), {"inner": "red"}),
}
REQUIRED: Final = ("required text", "word", "share", "required texts", "within")


def read(method: str, **content: object) -> object:
    return METHODS[method][0](Reader(content, "senders.mine"))


def error(method: str, value: object) -> str:
    return refused(lambda: read(method, it=value), value)


class TestWhatItAccepts:
    def test_what_is_good_is_read_as_it_is(self, subtests: pytest.Subtests) -> None:
        for method in METHODS:
            with subtests.test(method=method):
                good = METHODS[method][1]
                expected = {"texts": ("red", "green"), "required texts": ("red",), "within": "red"}.get(method, good)
                assert read(method, it=good) == expected

    def test_null_is_the_same_as_absent(self, subtests: pytest.Subtests) -> None:
        for method in METHODS:
            with subtests.test(method=method):
                if method in REQUIRED:
                    assert refused(partial(read, method, it=None)) == refused(partial(read, method))
                else:
                    assert read(method, it=None) == read(method)

    def test_what_need_not_be_there_is_none_false_or_empty(self) -> None:
        reader = Reader({}, "")
        assert [reader.text("a", COLOR), reader.whole("b", 1, 2), reader.take("c")] == [None, None, None]
        assert reader.word("d", ("on",), required=False) == ""
        assert reader.switch("e") is False
        assert reader.texts("f", COLOR) == ()
        assert reader.by_name("g", TAG, COLOR) == {}
        assert reader.within("h", required=False).names() == []

    def test_a_null_item_is_as_if_it_were_not_there(self) -> None:
        assert read("texts", it=[None, "red", None]) == ("red",)
        assert read("by name", it={"en": "red", "de": None}) == {"en": "red"}
        assert [name for name, _ in Reader({"a": {}, "b": None}, "").objects()] == ["a"]
        assert "one or more" in error("required texts", [None])

    def test_what_a_plan_does_not_know_yet_has_every_form(self) -> None:
        reader = Reader({"a": UNKNOWN, "b": [UNKNOWN, "red"], "c": {"en": UNKNOWN}, "d": UNKNOWN}, "")
        assert reader.text("a", COLOR, SIZE, required=True) is UNKNOWN
        assert reader.texts("b", SIZE, COLOR) == (UNKNOWN, "red")
        assert reader.by_name("c", TAG, COLOR)["en"] is UNKNOWN
        assert reader.take("d") is UNKNOWN
        reader.end()

    def test_numbers_are_read_as_terraform_writes_them(self) -> None:
        assert read("whole", it=60.0) == 60
        assert isinstance(read("whole", it=60.0), int)
        assert [read("share", it=share) for share in (0, 1, 0.25)] == [0.0, 1.0, 0.25]

    def test_a_name_is_brought_into_its_one_way_of_being_written(self) -> None:
        reader = Reader({"tags": {"en-GB": "red", "DE": "green"}}, "messages")
        assert reader.by_name("tags", TAG, COLOR, key_as=str.lower) == {"en-gb": "red", "de": "green"}

    def test_what_was_read_cannot_be_changed(self) -> None:
        found: Any = Reader({"tags": {"en": "red"}}, "").by_name("tags", TAG, COLOR)
        with pytest.raises(TypeError):
            found["en"] = "green"


class TestWhatItRefuses:
    def test_each_kind_of_value_is_refused_by_its_rule(self, subtests: pytest.Subtests) -> None:
        for method, rule, fix, wrong in [
            ("text", "a color", "write it so", ("", "RED", "red\n", " red", "redgreen", 7, True, [], {}, ["red"])),
            ("required text", "a color, or a size of one letter", "write it so", ("", "XL", "S ", 7, [], {}, "\u00c4")),
            ("word", 'one of "on", "off"', "write one of them", ("", "On", "on\n", True, 0, ["on"], {"on": 1})),
            ("switch", "true or false", "write one of them", ("", "true", 0, 1, 1.0, [True], {})),
            (
                "whole",
                "a whole number from 1 to 60",
                "write one",
                (0, 61, 1.5, "7", True, [7], {}, float("nan"), float("inf"), 10**400, -(10**400)),
            ),
            ("share", "a number from 0 to 1", "write one", (-0.1, 1.1, "0.5", True, [0.5], {}, float("nan"), 10**400)),
            ("texts", "a list, each item a color", "write a list", ("red", 7, True, {"red": "red"})),
            ("required texts", "a list, each item a color", "write a list of one or more", ("red", {}, [], [None])),
        ]:
            with subtests.test(method=method, rule=rule, fix=fix, wrong=wrong):
                for value in wrong:
                    assert error(method, value) == f"senders.mine.it: {rule}. Got: {got(value)}. Fix: {fix}."

    def test_what_must_be_there_is_missed_by_what_it_must_be(self, subtests: pytest.Subtests) -> None:
        for method in REQUIRED:
            with subtests.test(method=method):
                text = refused(partial(read, method))
                assert text.startswith("senders.mine.it: ")
                assert text.endswith(". Got: nothing. Fix: set it.")

    def test_an_item_is_refused_by_the_form_of_items(self, subtests: pytest.Subtests) -> None:
        for item in ["blue", "", 7, True, [], ["red"], {}]:
            with subtests.test(item=item):
                assert error("texts", ["red", item]) == f"senders.mine.it: a color. Got: {got(item)}. Fix: write it so."

    def test_a_value_is_refused_by_the_name_that_it_stands_under(self, subtests: pytest.Subtests) -> None:
        for value in ["blue", "", 7, True, [], ["red"], {}]:
            with subtests.test(value=value):
                said = f"senders.mine.it.de: a color. Got: {got(value)}. Fix: write it so."
                assert error("by name", {"en": "red", "de": value}) == said

    def test_a_name_without_its_form_is_refused(self, subtests: pytest.Subtests) -> None:
        for name in ["german", "", "de ", "d", "de-DE-DE", SECRET, NUMBER]:
            with subtests.test(name=name):
                text = error("by name", {"en": "red", name: "red"})
                assert text == f"senders.mine.it: each name is a language tag. Got: {shown(name)}. Fix: write it so."

    def test_names_that_become_the_same_are_refused(self) -> None:
        reader = Reader({"tags": {"pt-BR": "red", "pt-br": "green"}}, "messages")
        text = refused(lambda: reader.by_name("tags", TAG, COLOR, key_as=str.lower))
        assert text.startswith("messages.tags: each locale once: ")
        assert text.endswith(" Got: pt-BR, pt-br. Fix: keep one of them.")

    def test_what_is_no_object_is_refused_wherever_one_must_be(self, subtests: pytest.Subtests) -> None:
        for value in ["", "red", 7, True, [], [{}]]:
            with subtests.test(value=value):
                said = f": an object. Got: {got(value)}. Fix: "
                assert error("within", value).startswith(f"senders.mine.it{said}")
                assert error("by name", value).startswith(f"senders.mine.it{said}")
                assert refused(partial(Reader, value, "senders.mine"), value).startswith(f"senders.mine{said}")
                objects = Reader({"a": value}, "senders").objects()
                assert refused(partial(dict, objects), value).startswith(f"senders.a{said}")


class TestNamesThatNobodyKnows:
    """What is misspelled is no setting, and what it was meant to be would silently not hold."""

    def test_it_is_named_beside_the_known_ones(self) -> None:
        reader = Reader({"color": "red", "max_prise": "0.50"}, "senders.mine.sns")
        reader.text("color", COLOR)
        reader.text("max_price", SIZE)
        text = refused(reader.end)
        assert text.startswith(
            "senders.mine.sns: an object with color, max_price. Got: max_prise. Fix: remove it, or use "
        )

    def test_it_is_named_at_the_top_too(self) -> None:
        assert refused(Reader({"color": "red"}, "").end).startswith("settings: an object with ")

    def test_each_inner_object_is_asked_on_its_own(self) -> None:
        reader = Reader({"inner": {"color": "red"}}, "sms")
        inner = reader.within("inner")
        reader.end()
        inner.take("size")
        assert refused(inner.end).startswith("sms.inner: an object with size. Got: color. ")

    def test_a_null_is_no_setting_at_all(self) -> None:
        Reader({"color": None}, "sms").end()

    def test_what_is_read_later_or_by_its_names_is_known(self) -> None:
        for look in (Reader.all, Reader.names, lambda reader: list(reader.objects())):
            reader = Reader({"en": {}, "de": {}}, "sms.templates")
            look(reader)
            reader.end()

    def test_one_that_could_be_something_else_is_only_counted(self, subtests: pytest.Subtests) -> None:
        for name in [SECRET, NUMBER, "hunter2\nhunter2", "x" * 65, "пароль", "code-271828", ""]:
            with subtests.test(name=name):
                text = refused(Reader({name: "red"}, "sms").end)
                assert f"Got: a name of {len(name)} characters. " in text
                assert not name or name not in text


class TestPaths:
    def test_a_path_is_as_it_stands_in_terraform(self) -> None:
        reader = Reader({"senders": {"aws": {"sns": {"region": 7}}}}, "")
        (name, inner), *_ = reader.within("senders").objects()
        assert name == "aws"
        text = refused(lambda: inner.within("sns").text("region", COLOR))
        assert text.startswith("senders.aws.sns.region: a color. ")

    def test_at_the_top_a_path_is_the_name_alone(self, subtests: pytest.Subtests) -> None:
        for path, where in [("", "it"), ("sms.india", "sms.india.it")]:
            with subtests.test(path=path, where=where):
                reader = Reader({}, path)
                assert reader.where("it") == where
                said = refused(partial(reader.refuse, "it", "a rule", "something", "mend it"))
                assert said.startswith(f"{where}: ")

    def test_an_error_has_path_rule_what_was_got_and_the_fix(self) -> None:
        with pytest.raises(SettingsError) as caught:
            refuse("sms.routes", "a route", "none", "add one")
        assert str(caught.value) == "sms.routes: a route. Got: none. Fix: add one."


class TestWhatWasGot:
    def test_it_is_said_without_the_value(self, subtests: pytest.Subtests) -> None:
        for value, said in [
            (None, "nothing"),
            (True, "true"),
            (False, "false"),
            ("", "a text of 0 characters"),
            ("x", "a text of 1 character"),
            (SECRET, "a text of 15 characters"),
            ([], "a list of 0"),
            ([SECRET, NUMBER], "a list of 2"),
            ({}, "an empty object"),
            ({SECRET: NUMBER}, "an object"),
            (4915112345678, "a number"),
            (271828.0, "a number"),
        ]:
            with subtests.test(value=value, said=said):
                assert got(value) == said

    def test_a_name_is_shown(self, subtests: pytest.Subtests) -> None:
        for name in ["DE", "pt-BR", "max_price", "sms.routes.DE", "arn:aws", "route53"]:
            with subtests.test(name=name):
                assert shown(name) == name

    def test_what_could_be_a_value_is_not(self, subtests: pytest.Subtests) -> None:
        for name in ["route123", "a b", "é", "", "x" * 65, "a\n", "١٢٣", "https://a"]:
            with subtests.test(name=name):
                assert shown(name) == f"a name of {len(name)} characters"

    def test_forms_are_said_as_a_choice(self) -> None:
        assert words([COLOR]) == "a color"
        assert words([COLOR, SIZE]) == "a color, or a size of one letter"


_HIDDEN: Final = st.sampled_from([NUMBER, SECRET])
_JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | _HIDDEN,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["en", "inner", SECRET, NUMBER]), inner)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("method", METHODS)
@given(value=_JSON)
def test_whatever_stands_there_is_accepted_or_refused_and_never_shown(method: str, value: object) -> None:
    try:
        read(method, it=value)
    except SettingsError as raised:
        text = str(raised)
        assert text.startswith("senders.mine.it")
        assert SECRET not in text
        assert NUMBER.removeprefix("+") not in text


@given(text=st.text(max_size=12))
def test_a_form_is_for_the_whole_text_and_for_ascii_digits_only(text: str) -> None:
    assert Form("digits", r"\d{1,4}").fits(text) == (text.isascii() and text.isdigit() and len(text) <= 4)
    assert Form("any", r"(?s:.*)", 4).fits(text) == (len(text) <= 4)
    assert not COLOR.fits(json.loads("[1]"))
