"""Why somebody was satisfied or not: the reasons of the national rating system (好差评), by level.

Codes and Chinese texts are those of the national platform (全国一体化在线政务服务平台“好差评”), as counter devices
on the market show them; a code's first digit is its level. The English is ours.
"""

REASONS: dict[int, dict[str, tuple[str, str]]] = {
    5: {
        "510": ("一窗受理一次办结", "One counter, done at once"),
        "511": ("可以先受理后补材料", "Missing papers may follow"),
        "512": ("不用提交证明", "No certificates needed"),
        "513": ("可以全程网上办理", "Can be done online"),
        "514": ("可以使用手机办理", "Can be done by phone"),
        "515": ("可以就近办理", "Can be done nearby"),
        "516": ("无需材料直接办理", "No papers needed"),
        "517": ("服务热情效率高", "Warm and efficient"),
    },
    4: {
        "406": ("填写一张表单就可完成申报", "One form is enough"),
        "407": ("在线提交材料窗口核验", "Online papers checked here"),
        "408": ("一张清单告知全部申报材料", "One list names all papers"),
        "409": ("用告知承诺减免申报材料", "A declaration saves papers"),
        "410": ("可以在线预约办理", "Can be booked online"),
        "411": ("跑大厅一次办完", "Done in one visit"),
        "412": ("可以使用自助机办理", "Self-service machine works"),
        "413": ("服务态度较好", "Friendly service"),
    },
    3: {
        "307": ("一次性告知需要补正的材料", "Told at once what to add"),
        "308": ("提供申报材料样本", "Sample papers were given"),
        "309": ("在承诺的时间内办结", "Done in the promised time"),
        "310": ("办事指南指引准确", "The guide is right"),
        "311": ("按办事指南要求的材料即可办理", "Papers of the guide sufficed"),
        "312": ("可以快递送达", "Delivered by courier"),
        "313": ("跑动次数与承诺的一致", "As many visits as promised"),
        "314": ("服务态度一般", "Service was so-so"),
    },
    2: {
        "207": ("没有提供材料样本", "No sample papers"),
        "208": ("没有提供材料清单", "No list of papers"),
        "209": ("未在承诺时间内办结", "Not done in promised time"),
        "210": ("同样内容的证明材料被要求多次提交", "Same proof asked for twice"),
        "211": ("承诺网办但无法在线办理", "Not online as promised"),
        "212": ("在线预约办理后到实体大厅重复取号排队", "Booked, yet queued again"),
        "213": ("窗口人员业务不熟练", "Staff not skilled enough"),
        "214": ("服务态度生硬", "Curt service"),
    },
    1: {
        "108": ("在办事指南之外增加新的审批条件", "Conditions not in the guide"),
        "109": ("需提供办事指南之外的申报材料", "Papers not in the guide"),
        "110": ("无理由超过法定办理时间", "Over the legal time limit"),
        "111": ("办事指南提供样本有错", "The guide's sample is wrong"),
        "112": ("承诺在线收取申报材料实际无法收取", "Online papers not accepted"),
        "113": ("多头跑窗口和部门", "Sent to several counters"),
        "114": ("跑动次数与承诺的不一致", "More visits than promised"),
        "115": ("服务态度差效率低", "Unfriendly and slow"),
    },
}
"""Level (5 very satisfied … 1 very dissatisfied) → code → Chinese, English."""


def are_reasons(level: int, codes: tuple[str, ...]) -> bool:
    """Whether these are reasons for that level: at least one, each once."""
    return bool(codes) and len(set(codes)) == len(codes) and set(codes) <= set(REASONS.get(level, {}))
