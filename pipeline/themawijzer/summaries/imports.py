"""Summaries of files that were brought in."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console

from themawijzer.commands.import_ import LabelledResult
from themawijzer.commands.init import InitResult
from themawijzer.project.exchanged import ExchangedResult
from themawijzer.project.returning import ImportResult, ReturnedResult
from themawijzer.survey.changes import CodeLabel
from themawijzer.tables.cells import alike
from themawijzer.tables.column_names import are_names, shown_column, shown_name
from themawijzer.tables.parts import TablePart
from themawijzer.tables.table import Table

SAYING_SHEETS = "--sheet or --all-sheets with init and import, sheet or all_sheets in [dialect] of survey.toml"
_UNFOUND = {
    "absent": "belong to nobody in the responses; name the file that they are in with --input",
    "changed": "belong to an answer that reads differently in the responses",
    "ambiguous": "can belong to several respondents: ids differ in leading zeros or blanks, and answers are the same",
}


def summarize_labels(screen: Console, done: LabelledResult) -> None:
    """Print what was imported of a labelled file."""
    if len(done.table.sources) > 1 or done.table.sheet:
        screen.print(f"{_rows(len(done.table.values))} read{dialect(done.table)}.")
    tell_unread(screen, done.table)
    labelled = done.labelled
    if labelled.code_columns:
        screen.print(f"Columns with codes (--code-column names others): {_columns(done.table, labelled.code_columns)}.")
    if labelled.other_columns:
        screen.print(f"Columns without: {_columns(done.table, labelled.other_columns)}.")
    if done.absent_codes:
        absent = ", ".join(done.absent_codes)
        screen.print(f"There is no column for {absent}: what is coded here counts as not having these codes.")
    if labelled.joined_by:
        mark = {"\n": "a line end", "\t": "a tab"}.get(labelled.joined_by, f"'{labelled.joined_by}'")
        screen.print(f"Labels in one cell are joined by {mark}, as other cells show, which have them alone.")
    if labelled.more_columns:
        more = _columns(done.table, labelled.more_columns)
        screen.print(f"There are labels in {more} too, which were not read: repeat --labels-column to take them.")
    if labelled.numbers:
        numbers = ", ".join(f"{number} is {code}" for number, code in labelled.numbers.items())
        screen.print(f"Numbers are read as the codes with that value: {numbers}.")
    for added in (done, *done.other_coders):
        screen.print(f"{added.n_added:,} annotated answers added to {added.annotations_file}.")
        _tell_known(screen, added)
    if done.n_joined:
        screen.print(f"{done.n_joined:,} rows were joined to the first of their answer.")
    if done.n_none:
        screen.print(f"{done.n_none:,} answers in the file got no code, because none applies.")
    if done.n_random:
        screen.print(f"{done.n_random:,} answers in the file count as random sample, as you stated.")
    if done.n_left_out:
        screen.print(f"{done.n_left_out:,} rows without codes (`geen` = none applies) or an answer were left out.")
    if done.undecided:
        first = done.undecided[0]
        column = shown_column(done.table, first.open_column or "")
        where = f"({done.table.row_name(first.number - 2)}, column {column} is the first)"
        screen.print(f"{len(done.undecided):,} rows in which not every code was decided {where} were left out.")
    if done.n_unknown_respondents:
        screen.print(f"{done.n_unknown_respondents:,} belong to nobody in the survey: only the model uses them.")
    if done.new_codes:
        screen.print(f"New codes in {done.codebook_file}, of which the definitions are to be filled in:")
        screen.print(f"  {', '.join(done.new_codes)}")


def summarize_exchanged(screen: Console, done: ExchangedResult) -> None:
    """Print, coder by coder, what was imported of a file of another coding program, and what was not."""
    for own in done.coders:
        called = f" of {own.user}" if own.user not in ("", own.coder) else ""
        screen.print(f"{own.n_added:,} annotated answers{called} added to {own.annotations_file}.")
        _tell_known(screen, own)
        if own.n_none:
            screen.print(f"{own.n_none:,} of its answers in the file got no code, because none applies.")
        if own.n_random:
            screen.print(f"{own.n_random:,} of its answers in the file count as random sample.")
        if own.n_unknown_respondents:
            screen.print(f"{own.n_unknown_respondents:,} belong to nobody in the survey: only the model uses them.")
    if done.n_not_coded:
        screen.print(f"{done.n_not_coded:,} answers in the file were coded by nobody (`geen` = none applies).")
    for what, count in done.not_taken.items():
        screen.print(f"Not taken: {count:,} {what}.")
    if done.new_codes:
        screen.print(f"New codes in {done.codebook_file}, of which the definitions are to be checked or filled in:")
        screen.print(f"  {', '.join(done.new_codes)}")


def summarize_returned(screen: Console, results: Sequence[ReturnedResult]) -> None:
    """Print, coder by coder, what was imported of a filled-in file."""
    if results and results[0].sheets:
        screen.print(f"Sheets that were read: {', '.join(results[0].sheets)}.")
    for done in results:
        added = f"{done.n_added:,} annotations added to {done.annotations_file}"
        screen.print(f"{added}; {done.n_open:,} rows are still open.")
        _tell_known(screen, done)
        if done.n_later:
            screen.print(f"{done.n_later:,} rows replace an earlier row of the same answer, with other codes.")
        if done.streams:
            counts = " and ".join(f"{count:,} as {stream}" for stream, count in sorted(done.streams.items()))
            screen.print(f"Of the rows with codes that do not say why they were coded (`stream`), {counts} count.")
        if done.noted:
            first = f"(row {done.noted[0]} is the first)"
            screen.print(f"{len(done.noted):,} rows have a note but no codes {first}: not taken, and still open.")
        for reason, words in _UNFOUND.items():
            if rows := [row for why, row in done.unfound if why == reason]:
                first = f"(row {rows[0]} is the first)"
                screen.print(f"{len(rows):,} {words} {first}: kept, and only the model learns from them.")


def _columns(table: Table, names: Iterable[str]) -> str:
    return ", ".join(shown_column(table, name) for name in names)


def _tell_known(screen: Console, done: ImportResult) -> None:
    if done.n_recoded:
        screen.print(f"{done.n_recoded:,} of them give other codes to an answer that the coder had coded: these count.")
    for label in done.earlier_labels:
        why = f"is called '{label.called}' now"
        if label.had_by != label.code:
            why = f"has that label now; {label.had_by} had it before"
        screen.print(f"The label '{label.label}' is read as {label.code}, which {why}.")
    tell_relabelled(screen, done.relabelled)
    if done.n_known:
        screen.print(f"{done.n_known:,} were there already.")
    if done.n_replaced:
        stands = "which stands; in review.csv a note makes a row new"
        screen.print(f"{done.n_replaced:,} of them were coded otherwise since, {stands}.")


def tell_relabelled(screen: Console, relabelled: Iterable[tuple[CodeLabel, str]]) -> None:
    """Print which codes got another label by hand, which changes how all answers with them are read."""
    for before, label in relabelled:
        code = f"{before.codeframe}.{before.code}"
        screen.print(
            f"codebook.toml calls {code} '{label}', no longer '{before.label}': what was coded keeps the code."
        )


def tell_weight(screen: Console, made: InitResult) -> None:
    """Print which weight the file declares, and what became of it."""
    declared, weight = " and ".join(made.table.declared_weights), made.survey.weight
    if declared and weight in made.table.declared_weights:
        screen.print(f"Shares are weighted by {weight}, as the file declares. Without: --no-weight.")
    elif declared:
        weighted = f"weighted by {weight}" if weight else "not weighted"
        screen.print(f"The file declares {declared} as its weight; shares are {weighted}, as you asked.")


def tell_missing(screen: Console, made: InitResult) -> None:
    """Print which values count as no answer, as programs write them where nobody answered."""
    if made.missing:
        screen.print(f"Count as no answer, by [missing] in {made.survey_file}: {counted(made.missing)}.")


def counted(values: Mapping[str, int]) -> str:
    """The values, which programs wrote, with how many cells hold each."""
    return ", ".join(f"{value} ({n:,})" for value, n in values.items())


def tell_personal(screen: Console, made: InitResult) -> None:
    """Print which columns look personal: those that are left out, and those that are asked for."""
    left_out = {column: made.personal[column] for column in made.survey.leave_out or ()}
    if left_out:
        how = f"--keep COLUMN keeps one, and so does taking it out of leave_out in {made.survey_file}"
        (copy,) = made.survey.files_in(made.survey_file.parent)
        screen.print(f"Left out of the coded dataset, as they look personal: {in_words(left_out, made.table)}.")
        screen.print(f"  {how}. {copy} still has them.")
    if asked_for := {name: kind for name, kind in made.personal.items() if name in made.survey.columns}:
        listed = in_words(asked_for, made.table)
        screen.print(f"These look personal too, but are asked for, and every output has them: {listed}.")


def in_words(personal: Mapping[str, str], table: Table) -> str:
    """The columns of the table with the kind of personal fact in each."""
    return ", ".join(f"{shown_column(table, column)} ({kind})" for column, kind in personal.items())


def tell_places(screen: Console, table: Table, columns: Mapping[str, str]) -> None:
    """Print which columns were taken by their letter or number, but not names that may be answers."""
    taken = {asked: name for asked, name in columns.items() if not alike(asked, [name])}
    if taken and are_names(table):
        screen.print(f"Columns: {'; '.join(f'{asked} is {shown_name(name)}' for asked, name in taken.items())}.")
    elif taken:
        screen.print(
            f"Row 1 was taken for the names of columns {', '.join(taken)}, not for a respondent. If it holds answers, "
            "add a header above it, delete the new folders and run init again."
        )


def tell_unread(screen: Console, table: Table) -> None:
    """Print which sheets with anything in them were not read, and how to read them."""
    found = {part.path: part.unread for part in table.sources if part.unread}
    for path, sheets in found.items():
        listed = ", ".join(f"{own.title} ({_rows(own.n_rows)}{', hidden' * own.is_hidden})" for own in sheets)
        screen.print(f"Not read of {path.name}: {listed}. To read them: {SAYING_SHEETS}.")


def _rows(n: int) -> str:
    return f"{n:,} row{'s' * (n != 1)}"


def dialect(table: Table) -> str:
    """How files were read, in brackets: text, one of several sheets, several files, header rows; nothing for others."""
    parts = table.sources
    if len(parts) > 1:
        n_files = len({part.path for part in parts})
        names = [", ".join(filter(None, [part.path.name * (n_files > 1), part.sheet])) for part in parts]
        own = [
            f"{name}: {', '.join([f'{part.n_rows:,}', *_told(part)])}" for name, part in zip(names, parts, strict=True)
        ]
        return f" ({'; '.join(own)})"
    found = [f"sheet {table.sheet}"] * bool(table.sheet)
    if table.dialect is not None:
        delimiters = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}
        found += [table.dialect.encoding, delimiters.get(table.dialect.delimiter, table.dialect.delimiter)]
    found += _told(parts[0])
    return f" ({', '.join(found)})" if found else ""


def _told(part: TablePart) -> list[str]:
    """What is unusual in how a file was read."""
    found = ["quotation marks as typed"] * bool(part.dialect and not part.dialect.quotechar)
    if part.header_rows > 1:
        found.append(f"{part.header_rows} header rows")
    if part.repeated_rows:
        found.append(f"the header again in row {', '.join(map(str, part.repeated_rows))}")
    return found
