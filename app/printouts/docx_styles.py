"""The styles of a word-processor document: fonts by role, sizes and the line grid of GB/T 9704-2012 (5.2, 7)."""

from dataclasses import dataclass

from app.printouts.docx_markup import DECLARATION, NAMESPACES

FANG = "仿宋_GB2312"
HEI = "黑体"
KAI = "楷体_GB2312"
XIAOBIAOSONG = "方正小标宋简体"
SONG = "宋体"
RED = "E60012"
NO_2, NO_3, NO_4, SMALL_4, NO_5, TABLE, CODE = 44, 32, 28, 24, 21, 20, 15  # sizes in half points
MARK = 68
LINE = 579  # a line of the grid in twips: 225 mm hold 22
CHAR_SPACE = -849  # 4096ths of a point that a 3号 character gives away: 156 mm hold 28
TIGHT = -6  # twips between 3号 characters: 28 fill a line of 156 mm, whether or not a word processor keeps the grid
CHAR = 320 + TIGHT  # a 3号 character in twips

OFF_GRID = '<w:snapToGrid w:val="0"/>'
STAYS = "<w:keepNext/>" + OFF_GRID
WHOLE = "<w:keepNext/><w:keepLines/>" + OFF_GRID


def line(height: int = LINE, before: int = 0, after: int = 0) -> str:
    """Return the spacing of paragraphs whose lines have one height; all in twips."""
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{height}" w:lineRule="exact"/>'


def first_line(characters: int) -> str:
    """Return an indent of the first line by 3号 characters."""
    return f'<w:ind w:firstLineChars="{characters * 100}" w:firstLine="{round(characters * CHAR)}"/>'


def side(edge: str) -> str:
    """Return an alignment: both, left, center, right."""
    return f'<w:jc w:val="{edge}"/>'


@dataclass(frozen=True)
class Style:
    """One paragraph style; `size` in half points, `paragraph` its further properties in the order of the schema."""

    key: str
    name: str
    font: str = FANG
    size: int = NO_3
    paragraph: str = ""
    color: str = ""

    def markup(self) -> str:
        """Return the style's element."""
        base = "" if self.key == "Normal" else '<w:basedOn w:val="Normal"/>'
        follows = '<w:next w:val="BodyText"/>' if self.key.startswith("Heading") else ""
        default = ' w:default="1"' if self.key == "Normal" else ""
        return (
            f'<w:style w:type="paragraph"{default} w:styleId="{self.key}"><w:name w:val="{self.name}"/>{base}{follows}'
            f"<w:qFormat/>{f'<w:pPr>{self.paragraph}</w:pPr>' if self.paragraph else ''}"
            f"<w:rPr>{letters(self.font, self.size, self.color)}</w:rPr></w:style>"
        )


def letters(font: str, size: int, color: str = "") -> str:
    """Return run properties that name a font in all four slots, so that digits and signs never take another."""
    slots = " ".join(f'w:{slot}="{font}"' for slot in ("ascii", "hAnsi", "eastAsia", "cs"))
    tint = f'<w:color w:val="{color}"/>' if color else ""
    tight = f'<w:spacing w:val="{TIGHT}"/>' if size == NO_3 else ""
    sizes = f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    return f'<w:rFonts w:hint="eastAsia" {slots}/>{OFF_GRID}{tint}{tight}{sizes}'


def heading(level: int, name: str, font: str) -> Style:
    """Return the style of headings of a level: on the grid, two characters in, never alone at a page's foot."""
    outline = f'<w:outlineLvl w:val="{level - 1}"/>'
    layout = WHOLE + line() + first_line(2) + side("left") + outline
    return Style(f"Heading{level}", name, font, paragraph=layout)


# No line is moved, no sign hung out or set apart for its neighbours' sake: 22 lines of 28 characters.
NO_EXCEPTIONS = (
    '<w:widowControl w:val="0"/><w:overflowPunct w:val="0"/><w:autoSpaceDE w:val="0"/><w:autoSpaceDN w:val="0"/>'
)
TOP_LEVEL = '<w:outlineLvl w:val="0"/>'
DOTTED = '<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="8844"/></w:tabs>'
STYLES = (
    Style("Normal", "Normal", paragraph=NO_EXCEPTIONS),
    Style("BodyText", "Body Text", paragraph=OFF_GRID + line() + first_line(2) + side("both")),
    heading(1, "heading 1", HEI),
    heading(2, "heading 2", KAI),
    heading(3, "heading 3", FANG),
    Style("OfficialMark", "发文机关标志", XIAOBIAOSONG, MARK, STAYS + line(800) + side("center"), RED),
    Style("OfficialNumber", "发文字号", paragraph=STAYS + line(360) + side("center")),
    Style("Title", "Title", XIAOBIAOSONG, NO_2, WHOLE + line(after=LINE) + side("center")),
    Style("Addressee", "主送机关", paragraph=OFF_GRID + line() + side("left")),
    Style("AnnexList", "附件说明", paragraph=STAYS + line() + side("left")),
    Style("Signature", "Signature", paragraph=WHOLE + line() + side("right")),
    Style("Date", "Date", paragraph=OFF_GRID + line() + side("right")),
    Style("AnnexLabel", "附件标识", HEI, paragraph=STAYS + line(after=LINE) + side("left")),
    Style("AnnexTitle", "附件标题", XIAOBIAOSONG, NO_2, WHOLE + line(after=LINE) + side("center") + TOP_LEVEL),
    Style("Note", "注", size=NO_5, paragraph=STAYS + line(320, after=60) + side("right")),
    Style("SheetNote", "表注", size=SMALL_4, paragraph=STAYS + line(360, after=120) + side("right")),
    Style("Caption", "caption", HEI, NO_4, WHOLE + line() + side("center")),
    Style("Picture", "图", paragraph=OFF_GRID + '<w:spacing w:after="113"/>' + side("center")),
    Style("TableHead", "表头", HEI, TABLE, STAYS + line(270) + side("center")),
    Style("TableLeft", "表格文字", size=TABLE, paragraph=OFF_GRID + line(270) + side("left")),
    Style("TableCenter", "表格文字居中", size=TABLE, paragraph=OFF_GRID + line(270) + side("center")),
    Style("TableRight", "表格文字居右", size=TABLE, paragraph=OFF_GRID + line(270) + side("right")),
    Style("FormName", "表单项目", HEI, SMALL_4, OFF_GRID + line(360) + side("center")),
    Style("FormValue", "表单内容", size=SMALL_4, paragraph=OFF_GRID + line(360) + side("left")),
    Style("CutLine", "裁切线", SONG, NO_5, STAYS + line(320) + side("center")),
    Style("SlipTitle", "回执标题", XIAOBIAOSONG, NO_2, WHOLE + line(before=283, after=283) + side("center")),
    Style("SlipNote", "回执说明", size=SMALL_4, paragraph=OFF_GRID + line(360, before=120) + side("left")),
    Style("Distribution", "版记", size=NO_4, paragraph="<w:keepLines/>" + OFF_GRID + line(440) + side("left")),
    Style("CoverTitle", "封面标题", XIAOBIAOSONG, 56, OFF_GRID + line(800) + side("center")),
    Style("CoverWords", "封面落款", size=36, paragraph=OFF_GRID + line(592) + side("center")),
    Style("ContentsTitle", "目录标题", XIAOBIAOSONG, NO_2, OFF_GRID + line(after=LINE) + side("center")),
    Style("TOC1", "toc 1", size=NO_4, paragraph=DOTTED + OFF_GRID + line(500) + side("left")),
    Style("Header", "header", size=NO_5, paragraph=OFF_GRID + line(240)),
    Style("Footer", "footer", SONG, NO_4, OFF_GRID + line(360)),
    Style("Code", "核验码", SONG, CODE, OFF_GRID + line(200)),
    Style("SectionEnd", "节尾", size=2, paragraph=OFF_GRID + line(14)),
)
# What a run may carry beside its paragraph's style.
CHARACTER_STYLES = (("HeiLabel", "黑体标签", HEI), ("KaiLabel", "楷体标签", KAI))
PLAIN_TABLE, RULED_TABLE, BLOCK_TABLE = "TableNormal", "RuledTable", "DistributionTable"


def styles_part() -> str:
    """Return the part of styles: defaults with font, size and language, then every style."""
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{letters(FANG, NO_3)}"
        '<w:lang w:val="en-US" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>'
        "<w:pPrDefault/></w:docDefaults>"
    )
    paragraphs = "".join(style.markup() for style in STYLES)
    characters = "".join(
        f'<w:style w:type="character" w:styleId="{key}"><w:name w:val="{name}"/><w:qFormat/>'
        f"<w:rPr>{fonts_only(font)}</w:rPr></w:style>"
        for key, name, font in CHARACTER_STYLES
    )
    return f"{DECLARATION}<w:styles {NAMESPACES}>{defaults}{paragraphs}{characters}{_table_styles()}</w:styles>"


def fonts_only(font: str) -> str:
    """Return run properties that change the font alone."""
    return letters(font, 0).split(OFF_GRID)[0]


def _table_styles() -> str:
    none = "".join(f'<w:{edge} w:w="0" w:type="dxa"/>' for edge in ("top", "left", "bottom", "right"))
    ruled = "".join(
        f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    plain = f'<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar>{none}</w:tblCellMar></w:tblPr>'
    based = f'<w:basedOn w:val="{PLAIN_TABLE}"/>'
    return (
        f'<w:style w:type="table" w:default="1" w:styleId="{PLAIN_TABLE}"><w:name w:val="Normal Table"/>{plain}'
        f'</w:style><w:style w:type="table" w:styleId="{RULED_TABLE}"><w:name w:val="数据表"/>{based}<w:qFormat/>'
        f"<w:tblPr><w:tblBorders>{ruled}</w:tblBorders></w:tblPr></w:style>"
        f'<w:style w:type="table" w:styleId="{BLOCK_TABLE}"><w:name w:val="版记表"/>{based}<w:qFormat/></w:style>'
    )
