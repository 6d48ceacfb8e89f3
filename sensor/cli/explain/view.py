"""What is told of an explained flow, section by section? One view for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from sensor.cli.explain.sums import sums_lines
from sensor.cli.render.columns import endpoint, listed, pool_text
from sensor.cli.render.estimates import power_text, rate_text, shares_text
from sensor.explain.run import Explanation, Story
from sensor.explain.timeline import Entry, Role
from sensor.model.bilingual import Lang, Words
from sensor.model.evidence import VERDICT_WORDS
from sensor.model.wire import timestamp

TEXT_CHARS = 160
ROLES = {
    Role.SUBSCRIBE: Words("订阅", "subscribe"),
    Role.LOGIN: Words("登录", "login"),
    Role.SUBMIT: Words("提交份额", "share handed in"),
    Role.ACCEPTED: Words("份额被接受", "share accepted"),
    Role.REJECTED: Words("份额被拒绝", "share rejected"),
    Role.JOB: Words("下发任务", "job"),
    Role.DIFFICULTY: Words("设定难度", "difficulty"),
    Role.KEEPALIVE: Words("保活", "keep-alive"),
    Role.HASHRATE: Words("上报算力", "claimed hash rate"),
    Role.WORK: Words("索取任务", "work"),
    Role.ANSWER: Words("应答", "answer"),
    Role.OTHER: Words("其他", "other"),
}
YES_NO = {True: Words("成立", "holds"), False: Words("不成立", "does not hold")}
AGREES = {True: Words("一致", "agrees"), False: Words("不一致", "differs"), None: Words("无法比较", "not told")}
NO_CANDIDATE = Words(
    "该流中没有任何特征锚点、名单域名或名单地址，因此未进一步解析。",
    "Nothing in this flow was worth a closer look: no anchor of a signature, no listed name, no listed address.",
)
NO_SESSION = Words("该流没有构成任何挖矿证据。", "Nothing in this flow is evidence of mining.")
FLOW_ONLY = Words(
    "以下结论和估算只依据所选的流；同一会话的其他连接不计入（用 --detection 可计入）。",
    "Verdict and estimate below rest on the chosen flow alone; --detection takes all flows of a session in.",
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, sentences, and a table; ``marks`` says of rows what they are: ``yes``, ``no``, ``differs``."""

    title: str
    lines: Sequence[str] = ()
    headings: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    marks: Sequence[str] = ()


def sections(told: Explanation, lang: Lang, *, max_messages: int, flow_only: bool) -> list[Section]:
    """All sections in the order in which they are read."""
    parts = [_flow(told, lang, flow_only=flow_only)]
    for story in told.stories:
        parts += [_session(story, lang), _why(story, lang), _grounds(story, lang), _score(story, lang)]
        parts.append(
            Section(Words("估算的算式", "The estimate's arithmetic").told(lang), sums_lines(story, told.works, lang))
        )
    parts += [_timeline(told, lang, max_messages), _files(told, lang), _opinion(told, lang)]
    return parts


def _flow(told: Explanation, lang: Lang, *, flow_only: bool) -> Section:
    ends = [f"{one} ↔ {other}" for one, other in told.pick.pairs]
    lines = [
        Words("抓包文件：{name}", "Capture: {name}").put(name=told.capture).told(lang),
        Words("流：{ends}", "Flow: {ends}").put(ends=listed(ends)).told(lang),
        Words("数据包：{packets}（抓包共 {all}）", "Packets: {packets} (of {all} in the capture)")
        .put(packets=told.packets, all=told.capture_packets)
        .told(lang),
    ]
    if told.damage:
        damage = Words("抓包损坏：{what}；此前部分已读取", "The capture is damaged: {what}; what came before was read")
        lines.append(damage.put(what=told.damage).told(lang))
    if not told.stories:
        lines.append((NO_SESSION if told.candidate else NO_CANDIDATE).told(lang))
    elif flow_only:
        lines.append(FLOW_ONLY.told(lang))
    return Section(Words("流", "The flow").told(lang), lines)


def _session(story: Story, lang: Lang) -> Section:
    one = story.detection
    rows = [
        (Words("结论", "verdict"), VERDICT_WORDS[one.verdict].told(lang)),
        (Words("编号", "detection"), one.detection_id),
        (Words("矿机", "miner"), endpoint(one.miner.ip, one.miner.port)),
        (Words("矿池", "pool"), pool_text(one)),
        (Words("协议", "dialect"), one.dialect or "–"),
        (Words("外层", "wrapped in"), " › ".join(one.transport.via) or "–"),
        (Words("币种 / 算法", "coin / algorithm"), f"{one.coin or '–'} / {one.algorithm or '–'}"),
        (Words("账户", "account"), one.account or "–"),
        (Words("矿工名", "workers"), listed(one.workers) or "–"),
        (Words("软件", "software"), listed(one.agents) or "–"),
        (Words("份额 接受/提交", "shares accepted/submitted"), shares_text(one, lang)),
        (Words("算力（下限–上限）", "hash rate (low–high)"), rate_text(one, lang) or "–"),
        (Words("功率（下限–上限）", "power (low–high)"), power_text(one) or "–"),
        (Words("功率依据", "power rests on"), one.power_w.basis if one.power_w else "–"),
    ]
    return Section(
        Words("挖矿会话", "Mining session").told(lang), rows=[(words.told(lang), value) for words, value in rows]
    )


def _why(story: Story, lang: Lang) -> Section:
    rows, marks = [], []
    for reason in story.reasons:
        state = YES_NO[reason.holds].told(lang)
        if reason.decides:
            state += Words("（据此定论）", " (decides)").told(lang)
        rows.append((VERDICT_WORDS[reason.verdict].told(lang), reason.words.told(lang), state))
        marks.append("yes" if reason.decides else "" if reason.holds else "no")
    headings = Words("结论|规则|是否成立", "verdict|rule|does it hold").told(lang).split("|")
    note = Words("依次判断，第一条成立的规则决定结论。", "Asked in this order; the first that holds decides.")
    return Section(Words("为何如此判定", "Why this verdict").told(lang), [note.told(lang)], headings, rows, marks)


def _grounds(story: Story, lang: Lang) -> Section:
    headings = Words("时间 (UTC)|类别|特征|摘录", "time (UTC)|class|signature|excerpt").told(lang).split("|")
    only = Words("仅挖矿才有", "only mining has it").told(lang)
    rows = [
        (
            _time(ground.evidence.at_ns),
            f"{ground.evidence.evidence_class.value}{f' · {only}' if ground.is_unique else ''}",
            f"{ground.evidence.signature} r{ground.evidence.revision}: {ground.title}",
            ground.evidence.excerpt,
        )
        for ground in story.grounds
    ]
    return Section(Words("证据", "Evidence").told(lang), (), headings, rows)


def _score(story: Story, lang: Lang) -> Section:
    rows = [
        (f"+{each.points if each.holds else 0}", each.words.told(lang), YES_NO[each.holds].told(lang))
        for each in story.points
    ]
    rows.append((str(story.detection.score), Words("合计", "total").told(lang), ""))
    headings = Words("分|由来|是否成立", "points|for|does it hold").told(lang).split("|")
    return Section(Words("评分", "Score").told(lang), (), headings, rows)


def _timeline(told: Explanation, lang: Lang, max_messages: int) -> Section:
    counts = [
        f"{ROLES[role].told(lang)} {count}" for role, count in sorted(told.roles.items(), key=lambda each: each[0])
    ]
    lines = [Words("各类消息：", "Messages by role: ").told(lang) + (", ".join(counts) or "0")]
    if told.left_out:
        left = Words("另有 {n} 条只计数未保留", "{n} further messages were counted but not kept")
        lines.append(left.put(n=told.left_out).told(lang))
    headings = Words("包号|时间 (UTC)|方向|作用|特征|内容", "packet|time (UTC)|way|role|signatures|text")
    return Section(
        Words("消息时间线", "Timeline of messages").told(lang),
        lines,
        headings.told(lang).split("|"),
        list(_entries(told, lang, max_messages)),
    )


def _entries(told: Explanation, lang: Lang, max_messages: int) -> Iterator[Sequence[str]]:
    """The first three quarters of what is shown from the beginning, the rest from the end."""
    head = max_messages if len(told.entries) <= max_messages else max(1, max_messages * 3 // 4)
    tail = told.entries[head:][-(max_messages - head) :] if max_messages > head else []
    miners = {story.detection.miner.ip for story in told.stories}
    shown = chain(told.entries[:head], [None] if len(told.entries) > head + len(tail) else [], tail)
    for entry in shown:
        if entry is None:
            skipped = Words("…… 略去 {n} 条", "… {n} messages left out here")
            yield "", "", "", "", "", skipped.put(n=len(told.entries) - head - len(tail)).told(lang)
        else:
            yield _entry(entry, told.marks, miners, lang)


def _entry(entry: Entry, marks: dict[int, int], miners: set[str], lang: Lang) -> Sequence[str]:
    way = Words("矿机 → 矿池", "miner → pool") if entry.sender.ip in miners else Words("矿池 → 矿机", "pool → miner")
    plain = f"{entry.sender} → {entry.receiver}"
    role = ROLES[entry.role].told(lang)
    if entry.role is Role.ANSWER and entry.answers is not None and entry.answers is not Role.OTHER:
        role += Words("（对{asked}）", " to {asked}").put(asked=ROLES[entry.answers].told(lang)).told(lang)
    text = entry.text[:TEXT_CHARS] + ("…" if len(entry.text) > TEXT_CHARS else "")
    return (
        str(marks.get(entry.at_ns, "")),
        _time(entry.at_ns),
        way.told(lang) if miners else plain,
        role,
        ", ".join(entry.signatures),
        text,
    )


def _files(told: Explanation, lang: Lang) -> Section:
    note = Words(
        "数据包的字节、长度和时间与原抓包一致；同一抓包得到同一文件。names.pcap 是给出对端域名的 DNS 应答。",
        "Bytes, lengths and times are those of the capture; the same capture gives the same file. "
        "names.pcap holds the DNS answers that gave the addresses their names.",
    )
    headings = Words("文件|数据包|字节|SHA-256", "file|packets|bytes|SHA-256").told(lang).split("|")
    rows = [(each.path.name, str(each.packets), str(each.bytes), each.sha256) for each in told.files]
    return Section(Words("证据文件", "Evidence files").told(lang), [note.told(lang)], headings, rows)


def _opinion(told: Explanation, lang: Lang) -> Section:
    opinion, title = told.opinion, Words("第二意见（tshark）", "Second opinion (tshark)").told(lang)
    if opinion.missing is not None:
        return Section(title, [opinion.missing.told(lang)])
    stacks = ", ".join(f"{stack} ×{count}" for stack, count in opinion.stacks)
    lines = [Words("tshark 认为的协议：", "tshark takes the packets for: ").told(lang) + (stacks or "–")]
    if opinion.cut:
        cut = Words("只询问了前 {n} 个包", "Only the first {n} packets were asked about")
        lines.append(cut.put(n=opinion.packets).told(lang))
    headings = Words("比较项|矿哨|tshark|是否一致", "subject|Minewatch|tshark|agreement").told(lang).split("|")
    rows = [
        (each.subject.told(lang), each.ours, each.theirs, AGREES[each.agrees].told(lang))
        for each in opinion.comparisons
    ]
    marks = ["no" if each.agrees is False else "" for each in opinion.comparisons]
    return Section(title, lines, headings, rows, marks)


def _time(at_ns: int) -> str:
    return timestamp(at_ns).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
