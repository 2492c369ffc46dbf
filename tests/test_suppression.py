import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from themawijzer.coding.suppression import CellTable, cells_to_hide, figures_to_hide, small_cut


def hidden(columns: dict[str, list[str]], counts: list[int], min_cell: int = 5) -> list[str]:
    """The cells that are not shown, by their value ("all": the total), of respondents with these values each."""
    cells = [("", "all"), *((column, value) for column, values in columns.items() for value in dict.fromkeys(values))]
    members = np.array(
        [[not column or columns[column][place] == value for place in range(len(counts))] for column, value in cells],
        dtype=bool,
    )
    table = CellTable([column for column, _ in cells], members, np.array(counts, dtype=int))
    hide = cells_to_hide(table, min_cell)
    return [value for (_, value), is_hidden in zip(cells, hide, strict=True) if is_hidden]


def test_large_cells_are_shown():
    assert hidden({"provincie": ["Utrecht", "Drenthe"]}, [5, 40]) == []


def test_a_small_cell_takes_the_next_smallest_along_or_the_total_would_give_it_away():
    assert hidden({"provincie": ["Zeeland", "Drenthe", "Utrecht"]}, [3, 20, 40]) == ["Zeeland", "Drenthe"]
    assert hidden({"provincie": ["Zeeland", "Utrecht"]}, [4, 40]) == ["Zeeland", "Utrecht"]


def test_two_small_cells_that_are_few_together_take_a_third_along():
    values = ["Zeeland", "Drenthe", "Utrecht", "Limburg"]
    assert hidden({"provincie": values}, [2, 2, 30, 50]) == ["Zeeland", "Drenthe", "Utrecht"]
    assert hidden({"provincie": values}, [2, 3, 30, 50]) == ["Zeeland", "Drenthe"]


def test_a_question_that_few_answered_shows_nothing():
    assert hidden({"provincie": ["Zeeland", "Utrecht"]}, [1, 3]) == ["all", "Zeeland", "Utrecht"]


def test_without_respondents_only_the_total_is_left_to_hide():
    assert hidden({"provincie": []}, []) == ["all"]


def test_without_columns_the_total_is_shown():
    assert hidden({}, [7]) == []


def test_a_column_that_divides_the_cells_of_another_does_not_give_them_away():
    """Zeeland less Veere is Goes, whatever is hidden elsewhere."""
    columns = {
        "gemeente": ["Goes", "Veere", "Baarn", "Soest"],
        "provincie": ["Zeeland", "Zeeland", "Utrecht", "Utrecht"],
    }
    assert hidden(columns, [3, 20, 10, 30]) == ["Goes", "Veere"]
    assert hidden(columns, [3, 20, 3, 30]) == ["Goes", "Veere", "Baarn", "Soest"]


def test_of_two_shown_cells_one_has_not_a_few_respondents_more_than_the_other():
    """Large municipalities are those of the province but for three respondents."""
    columns = {"provincie": ["Utrecht", "Utrecht", "Zeeland"], "grootte": ["groot", "klein", "klein"]}
    assert hidden(columns, [20, 3, 20]) != []
    assert hidden(columns, [20, 5, 20]) == []


def test_of_a_cell_of_another_column_no_few_hidden_ones_remain():
    """Zeeland less Veere is Goes and Sluis, four respondents together."""
    columns = {
        "gemeente": ["Goes", "Sluis", "Veere", "Baarn"],
        "provincie": ["Zeeland", "Zeeland", "Zeeland", "Utrecht"],
    }
    assert hidden(columns, [2, 2, 20, 10]) == ["Goes", "Sluis", "Veere"]


@pytest.mark.parametrize("min_cell", [1, 10])
def test_the_smallest_cell_that_may_be_shown_is_a_setting(min_cell):
    shown = hidden({"provincie": ["Zeeland", "Drenthe", "Utrecht"]}, [3, 20, 40], min_cell)
    assert shown == ([] if min_cell == 1 else ["Zeeland", "Drenthe"])


def test_of_two_columns_that_nearly_nest_no_cells_are_shown_that_differ_by_few():
    """Of 40 respondents in Oost and West 39 are in the city: who is not is known, and so is what they said."""
    columns = {"wijk": ["Oost", "West", "West", "Zuid"], "deel": ["stad", "stad", "land", "land"]}
    assert hidden(columns, [20, 19, 1, 30]) == ["West", "Zuid"]
    assert hidden(columns, [20, 15, 5, 30]) == []


def test_nor_sums_of_cells_that_differ_by_few_on_both_sides():
    """Oost and West less the city are one respondent, less another one."""
    columns = {"wijk": ["Oost", "West", "West", "Zuid", "Zuid"], "deel": ["stad", "stad", "land", "land", "stad"]}
    assert hidden(columns, [20, 19, 1, 30, 1]) == ["Oost", "Zuid"]


MEMBERS = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)  # all, Drenthe, Zeeland, Utrecht
PROVINCES = CellTable(["", "provincie", "provincie", "provincie"], MEMBERS, np.array([30, 40, 50]))


def untold(has: list[int], lacks: list[int], gone: list[bool] | None = None) -> list[bool]:
    """Whether nothing is told of all, Drenthe, Zeeland and Utrecht, where so many have a code and lack it."""
    counts = (np.array(own)[:, None] for own in (has, lacks))
    not_shown = np.array(gone or [False] * 4)[:, None]
    return figures_to_hide(PROVINCES, *counts, 5, not_shown)[:, 0].tolist()


def test_of_a_group_is_told_only_that_enough_have_a_code_and_enough_lack_it():
    assert untold([10, 10, 10], [20, 30, 40]) == [False, False, False, False]
    assert untold([4, 10, 10], [26, 30, 40]) == [False, True, True, False]  # Zeeland's would give it away
    assert untold([26, 10, 10], [4, 30, 40]) == [False, True, True, False]
    assert untold([30, 10, 10], [0, 30, 40]) == [False, True, True, False]  # who is in Drenthe has it
    assert untold([0, 10, 10], [30, 30, 40]) == [False, True, True, False]  # who is in Drenthe lacks it


def test_what_few_of_all_have_is_told_of_all_only():
    assert untold([1, 1, 2], [29, 39, 48]) == [False, True, True, True]
    assert untold([1, 0, 0], [3, 0, 0]) == [True, True, True, True]  # of fewer than five it is decided


def test_a_figure_is_hidden_beside_the_cells_that_are_not_shown_at_all():
    """Zeeland is not shown, so that Utrecht's figure need not be hidden for that of Drenthe."""
    assert untold([4, 8, 6], [26, 32, 44], [False, True, True, False]) == [False, True, True, False]
    assert untold([1, 3, 6], [29, 37, 44], [False, True, True, False]) == [False, True, True, True]


def told(columns: dict[str, list[str]], has: list[int], lacks: list[int]) -> list[str]:
    """The groups of which figures are told, where so many of those with these values have a code and lack it."""
    cells = [("", ""), *((column, value) for column, values in columns.items() for value in dict.fromkeys(values))]
    places = range(len(has))
    members = np.array([[not name or columns[name][place] == value for place in places] for name, value in cells])
    table = CellTable([name for name, _ in cells], members, np.array(has) + lacks)
    gone = np.zeros((len(cells), 1), dtype=np.bool_)
    untold = figures_to_hide(table, np.array(has)[:, None], np.array(lacks)[:, None], 5, gone)
    return [value for (_, value), is_untold in zip(cells[1:], untold[1:, 0], strict=True) if not is_untold]


def test_a_figure_of_a_cell_less_those_of_cells_within_it_does_not_tell_of_few():
    """Six in the city have the code, of whom five in Oost, so that one in West does."""
    columns = {"deel": ["stad", "stad", "land"], "wijk": ["Oost", "West", "Zuid"]}
    assert told(columns, [5, 1, 9], [15, 19, 11]) == ["stad", "land", "Zuid"]
    assert told(columns, [5, 5, 9], [15, 15, 11]) == ["stad", "land", "Oost", "West", "Zuid"]


def test_nor_do_sums_of_cells_of_three_columns():
    """Who is old, and who is ill, less who is either: of those who are both two have the code."""
    columns = {
        "leeftijd": ["oud", "oud", "jong", "jong"],
        "gezondheid": ["ziek", "wel", "ziek", "wel"],
        "een van beide": ["ja", "ja", "ja", "nee"],
    }
    assert len(told(columns, [8, 8, 8, 8], [9, 9, 9, 9])) == 6
    assert len(told(columns, [2, 8, 8, 8], [9, 9, 9, 9])) < 6


def test_a_small_cut_is_found_in_a_part_of_a_graph():
    heavy = np.array([[0, 9, 1, 0], [9, 0, 1, 0], [1, 1, 0, 0], [0, 0, 0, 0]])
    assert small_cut(heavy, 2) is None
    assert small_cut(heavy, 3).tolist() in ([False, False, True, False], [True, True, False, False])
    assert small_cut(np.zeros((3, 3), dtype=int), 5) is None


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_what_is_hidden_of_a_column_is_never_one_cell_nor_few_respondents(counts):
    names = [f"g{place}" for place in range(len(counts))]
    gone = hidden({"groep": names}, counts)
    of_groups = [counts[names.index(name)] for name in gone if name != "all"]
    assert {name for name, count in zip(names, counts, strict=True) if count < 5} <= set(gone)
    if of_groups and "all" not in gone:
        assert sum(of_groups) >= 5
        assert len(of_groups) > 1
