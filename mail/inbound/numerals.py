"""Small numbers in words, in four languages: to know one where it stands beside a figure, never to read a value."""

from mail.inbound.plain import words

_WORDS = (
    (2, "dos dues deux two"),
    (3, "tres trois three"),
    (4, "quatre cuatro four"),
    (5, "cinc cinco cinq five"),
    (6, "sis seis six"),
    (7, "set siete sept seven"),
    (8, "vuit huit ocho eight"),
    (9, "nou nueve neuf nine"),
    (10, "deu diez dix ten"),
    (11, "onze once eleven"),
    (12, "dotze doce douze twelve"),
    (13, "tretze trece treize thirteen"),
    (14, "catorze catorce quatorze fourteen"),
    (15, "quinze quince fifteen"),
    (16, "setze dieciseis seize sixteen"),
    (17, "disset desset diecisiete dix-sept seventeen"),
    (18, "divuit dihuit dieciocho dix-huit eighteen"),
    (19, "dinou denou diecinueve dix-neuf nineteen"),
    (20, "vint veinte vingt twenty"),
    (30, "trenta treinta trente thirty"),
    (40, "quaranta cuarenta quarante forty"),
    (50, "cinquanta cincuenta cinquante fifty"),
    (60, "seixanta sesenta soixante sixty"),
    (70, "setanta setenta soixante-dix seventy"),
    (80, "vuitanta huitanta ochenta quatre-vingts eighty"),
    (90, "noranta noventa quatre-vingt-dix ninety"),
    (100, "cent cien hundred"),
)
NUMERALS = {word: number for number, listed in _WORDS for word in words(listed)}
"""Without one, which is an article as well."""
