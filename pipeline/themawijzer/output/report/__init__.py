"""The report: facts computed once (`summary`), then rendered as HTML, JSON and Markdown."""
