"""Set the title of a letter on lines that break between words and are about equally long (GB/T 9704-2012, 7.3.1)."""

import re
from functools import cache
from itertools import accumulate, pairwise

LINE = 19  # characters of 2号 that stand comfortably on a title line
# Words of this field that no line may break; what is not among them breaks between characters only as a last resort.
_WORDS = (
    "任务的提醒函 任务的催办函 任务的督办通知单 任务的约谈通知书 任务的约谈纪要 任务时限的复函 有关任务的通报 "
    "义务教育 优质均衡 均衡发展 县域 城乡 一体化 国家 评估 验收 认定 督导 督办 督办事项 "
    "通知单 约谈 通知书 纪要 通报 批评 复函 提醒函 催办函 督办函 延期 延长 时限 申请 任务 "
    "有关 有关负责人 办理 情况 逾期 未按期 完成 按期 落实 推进 人民政府 管理委员会 领导小组 "
    "办公室 教育局 教育委员会 财政局 发展和改革 委员会 人力资源和社会保障 住房和城乡建设 自然资源 "
    "规划局 规划 机构编制 行政公署 卫生健康 残疾人 联合会 自治县 示范区 街道 街道办事处 各乡镇 "
    "各县 各县区 学校 小学 初中 高中 中学 幼儿园 教学点 寄宿制 寄宿 床位 学位 校长 教师 "
    "骨干 培训 培养 项目 交流 轮岗 编制 建设 计划 方案 体系 指标 对照 全面 自评 问题 台账 "
    "专用 教室 多媒体 网络 达标率 占比 达到 达标 生均 用房 场馆 面积 运动 场地 新增 新建 "
    "改建 扩建 改扩建 迁建 撤并 整合 化解 大班额 大校额 集团化 办学 覆盖 全覆盖 特殊教育 "
    "高标准 经费 列入 年度 预算 支出 总量 只增不减 监测 分析 复查 更新 制定 本县市 优质 "
    "乡村 城镇 报告 创建 进度 同级 人大 常委会 定期 研究 发展 重大 启动 结束 阶段 申报 "
    "材料 汇编 制作 专题片 经验 路径 特色 形成 率先 实现 通过 检查 实施 素质教育 开展 组织 "
    "批次 巩固率 入学率 儿童 基本 开工 竣工 反馈 公示 学业 质量 绿色 评价 支持 关于 每年 "
    "审批 校际 差距 资源 配置 水平 标准化 信息化 设施 设备 仪器 图书 食堂 宿舍 操场 体育 "
    "艺术 音乐 美术 劳动 心理 健康 安全 保障 机制 改革 未达标 各县市 至少 以上 以下 县级 "
    "市级 省级 人次 符合 条件 工程 资金 用地 征地 师生 学生 随迁 子女 入学 招生 名师"
)
_NUMBER = r"[A-Za-z0-9]+(?:[.～—-][0-9]+)*[%万亿]*[所个间项人次名年月日元期]*"
_TOKEN = re.compile(
    "|".join((r"（[^（）]{1,8}）", r"“[^“”]{1,4}”", _NUMBER, *sorted(_WORDS.split(), key=len, reverse=True), "."))
)
_NEVER_FIRST = frozenset("局厅会的、，。；：）”》』％等和与及了")
_NEVER_LAST = frozenset("（“《『第约和与及")
# What an ill place for a break costs, beside the evenness of the lines: between words, and beside what is no known word
# or begins with a bracket.
_BETWEEN, _BESIDE, _UNEVEN = 6, 12, 0.25


def title_lines(*parts: str) -> tuple[str, ...]:
    """Return a title on the fewest lines that hold it, none breaking a known word, a number or short brackets.

    A line ends gladly where a part does: behind the name of a unit, before what it did.
    """
    tokens = _tokens("".join(parts))
    ends = set(accumulate(map(len, parts)))
    seams = frozenset(number for number, end in enumerate(accumulate(map(len, tokens)), 1) if end in ends)
    count = max(1, -(-round(sum(map(_width, tokens)) * 2) // (LINE * 2)))
    for lines in range(count, count + 2):
        if found := _broken(tokens, lines, seams):
            return found
    text = "".join(tokens)
    return tuple(text[start : start + LINE] for start in range(0, len(text), LINE))


def _tokens(text: str) -> list[str]:
    """Cut a title into what must stay together: words, numbers with their measure, marks with what they belong to."""
    found: list[str] = []
    for token in _TOKEN.findall(text):
        if found and (token in _NEVER_FIRST or found[-1][-1] in _NEVER_LAST):
            found[-1] += token
        else:
            found.append(token)
    return found


def _broken(tokens: list[str], lines: int, seams: frozenset[int]) -> tuple[str, ...] | None:
    """Return the tokens on so many lines at the least cost; None: they do not fit."""
    target = sum(map(_width, tokens)) / lines

    @cache
    def best(start: int, left: int) -> tuple[float, tuple[int, ...]] | None:
        if left == 1:
            width = _width("".join(tokens[start:]))
            return (_UNEVEN * (width - target) ** 2, ()) if width <= LINE else None
        chosen: tuple[float, tuple[int, ...]] | None = None
        for end in range(start + 1, len(tokens) - left + 2):
            width = _width("".join(tokens[start:end]))
            rest = best(end, left - 1) if width <= LINE else None
            if rest is not None:
                cost = _UNEVEN * (width - target) ** 2 + rest[0]
                cost += 0 if end in seams else _cost(tokens[end - 1], tokens[end])
                if chosen is None or cost < chosen[0]:
                    chosen = (cost, (end, *rest[1]))
        return chosen

    found = best(0, lines)
    if found is None:
        return None
    edges = (0, *found[1], len(tokens))
    return tuple("".join(tokens[start:end]) for start, end in pairwise(edges))


def _cost(before: str, after: str) -> float:
    """Return what a break between two tokens costs beside the evenness of the lines."""
    if before[-1] in "的、，；”）":
        return 0
    return _BETWEEN + _BESIDE * ((len(before) == 1) + (len(after) == 1) + (after[0] == "（"))


def _width(text: str) -> float:
    """Return the width in characters, a Latin letter or digit counting half."""
    return sum(0.5 if character.isascii() else 1 for character in text)
