"""The order in which WordprocessingML wants the children of its properties (ECMA-376, part 1, annex A)."""

from typing import Any

from docx.oxml import parse_xml
from docx.oxml.ns import nsmap

ORDERS = {
    "pPr": "pStyle keepNext keepLines pageBreakBefore framePr widowControl numPr suppressLineNumbers pBdr shd tabs "
    "suppressAutoHyphens kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd "
    "snapToGrid spacing ind contextualSpacing mirrorIndents suppressOverlap jc textDirection textAlignment "
    "textboxTightWrap outlineLvl divId cnfStyle rPr sectPr",
    "rPr": "rStyle rFonts b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid "
    "vanish webHidden color spacing w kern position sz szCs highlight u effect bdr shd fitText vertAlign rtl cs em "
    "lang eastAsianLayout specVanish oMath",
    "tblPr": "tblStyle tblpPr tblOverlap bidiVisual tblStyleRowBandSize tblStyleColBandSize tblW jc tblCellSpacing "
    "tblInd tblBorders shd tblLayout tblCellMar tblLook tblCaption tblDescription",
    "tcPr": "cnfStyle tcW gridSpan hMerge vMerge tcBorders shd noWrap tcMar textDirection tcFitText vAlign hideMark",
    "sectPr": "headerReference footerReference footnotePr endnotePr type pgSz pgMar paperSrc pgBorders lnNumType "
    "pgNumType cols formProt vAlign noEndnote titlePg textDirection bidi rtlGutter docGrid",
    "style": "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked "
    "personal personalCompose personalReply rsid pPr rPr tblPr trPr tcPr tblStylePr",
    "pBdr": "top left bottom right between bar",
    "tblBorders": "top left bottom right insideH insideV",
    "tblCellMar": "top left bottom right",
    "font": "altName panose1 charset family notTrueType pitch sig embedRegular embedBold",
    "tc": "tcPr p tbl",
    "tr": "tblPrEx trPr tc",
    "tbl": "tblPr tblGrid tr",
    "settings": "zoom mirrorMargins bordersDoNotSurroundHeader bordersDoNotSurroundFooter defaultTabStop "
    "evenAndOddHeaders characterSpacingControl updateFields compat themeFontLang decimalSymbol listSeparator",
}
PLACES = {name: {child: place for place, child in enumerate(order.split())} for name, order in ORDERS.items()}
W = "{" + nsmap["w"] + "}"


def misplaced(parts: dict[str, bytes]) -> list[str]:
    """Return what stands out of order, or where it must not, in the XML of the parts; each part must be well formed."""
    found: list[str] = []
    for name, content in parts.items():
        if name.endswith(".xml") and name.startswith("word/"):
            found += [f"{name}: {fault}" for fault in _faults(parse_xml(content))]
    return found


def _faults(root: Any) -> list[str]:
    found = []
    for element in root.iter(*(W + name for name in PLACES)):
        places = PLACES[element.tag.removeprefix(W)]
        children = [child.tag.removeprefix(W) for child in element]
        unknown = [child for child in children if child not in places]
        order = [places[child] for child in children if child in places]
        if unknown or order != sorted(order):
            found.append(f"{element.tag.removeprefix(W)} holds {' '.join(children)}")
    return found
