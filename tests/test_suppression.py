from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from themawijzer.coding.suppression import cells_to_hide, figures_to_hide


def hidden(columns: dict[str, list[str]], counts: list[int], min_cell: int = 5) -> list[str]:
    """The cells that are not shown, by their value ("all": the total), of respondents with these values each."""
    cells = [("", "all"), *((column, value) for column, values in columns.items() for value in dict.fromkeys(values))]
    members = np.array(
        [[not column or columns[column][place] == value for place in range(len(counts))] for column, value in cells],
        dtype=bool,
    )
    hide = cells_to_hide(members, np.array(counts, dtype=int), [column for column, _ in cells], min_cell)
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


def test_figures_of_some_respondents_are_hidden_with_those_of_which_the_difference_tells_of_few():
    """Codes of which 4, 5 or none of the 20 in Drenthe are decided."""
    members = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)  # all, Drenthe, Zeeland, Utrecht
    decided = np.array([[4, 5, 0], [30, 20, 30], [25, 20, 40]])
    columns = ["", "provincie", "provincie", "provincie"]
    hide = figures_to_hide(
        members, decided, columns, min_cell=5, gone=np.zeros(4, dtype=bool), told=np.zeros((4, 3), dtype=bool)
    )
    assert hide.tolist() == [
        [False, False, False],
        [True, False, True],  # of nobody there is nothing to tell, and nothing to give away
        [False, False, False],
        [True, False, False],
    ]


def test_a_figure_is_hidden_beside_the_cells_that_are_not_shown_at_all():
    """Drenthe is not shown for Zeeland's sake, so that Utrecht's figure need not be hidden for it."""
    members = np.array([[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=bool)  # all, Zeeland, Drenthe, Utrecht
    gone, untold = np.array([False, True, True, False]), np.zeros((4, 1), dtype=bool)
    columns = ["", "provincie", "provincie", "provincie"]
    hide = partial(figures_to_hide, members, columns=columns, min_cell=5, gone=gone, told=untold)
    assert hide(np.array([[4], [8], [6]]))[:, 0].tolist() == gone.tolist()
    few_together = hide(np.array([[1], [3], [6]]))
    assert few_together[:, 0].tolist() == [False, True, True, True]


@given(st.lists(st.integers(1, 12), min_size=1, max_size=8))
def test_what_is_hidden_of_a_column_is_never_one_cell_nor_few_respondents(counts):
    names = [f"g{place}" for place in range(len(counts))]
    gone = hidden({"groep": names}, counts)
    of_groups = [counts[names.index(name)] for name in gone if name != "all"]
    assert {name for name, count in zip(names, counts, strict=True) if count < 5} <= set(gone)
    if of_groups and "all" not in gone:
        assert sum(of_groups) >= 5
        assert len(of_groups) > 1
