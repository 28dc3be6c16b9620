"""Filters for words of lower rooms, and for numbers."""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from hectograph.web.speaking import ORIGINAL, grouped, parts_of

register = template.Library()
register.filter(grouped)


@register.filter
def spoken(text: object) -> SafeString:
    """A sentence of a lower room; what nobody translated is marked as English."""
    return format_html_join(
        "",
        "{}",
        ((_marked(each.text, is_known=each.is_known),) for each in parts_of(str(text))),
    )


def _marked(text: str, *, is_known: bool) -> SafeString:
    return (
        format_html("{}", text)
        if is_known
        else format_html('<span lang="{}">{}</span>', ORIGINAL, text)
    )
