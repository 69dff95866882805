"""Help of the pages under 成果 and 督办."""

from django.utils.translation import gettext_lazy as _

from qhplan.help.values import Help

PAGES: dict[str, Help] = {
    # -- 成果
    "brief_list": Help(
        _("各期简报和其他编号文件，可以阅读、下载；办公室在这里起草和印发。"),
        (_("可以订阅，印发后收到消息。"),),
        ("brief", "issue", "snapshot"),
    ),
    "brief": Help(
        _("一份简报：状态、期号、文件，以及送达和阅读的记录。草稿只有办公室看得到。"),
        (_("起草以后先看文字，再印发；印发编号，此后不能改，有误出更正版。"),),
        ("brief", "issue", "snapshot", "verify"),
        _("一份简报"),
    ),
    "brief_edit": Help(
        _("修改简报草稿的文字。数字来自固化数据，不能改。"), (), ("brief", "snapshot"), _("修改简报文字")
    ),
    "brief_set": Help(
        _("一期要印发的全部简报，一并生成、印发、打包下载和送达。"), (), ("brief", "issue"), _("整套简报")
    ),
    "brief_settings": Help(_("整套包括哪几种简报，期号怎样编。"), (), ("brief", "issue"), _("整套与期号")),
    "feedback_list": Help(
        _("办公室发给本单位的反馈单，写明本单位这一期的情况。"),
        (_("看后签收；有不同意见与办公室联系。"),),
        ("slip",),
    ),
    "score_list": Help(
        _("按考核办法算出的得分。公布以前只有考核的人看得到。"),
        (_("本单位有异议的，公布后在期限内申诉一次。"), _("办公室提出，另一人公布。")),
        ("score", "lights", "late"),
    ),
    "score": Help(
        _("一个单位的得分，逐项列出怎样算出，依据哪些填报。"),
        (_("照表可以重算；对哪一项有异议，写明申诉。"),),
        ("score", "lights"),
        _("一个单位的得分"),
    ),
    "schemes": Help(_("各个时期的考核办法：各项占多少，怎样给分。"), (), ("score",), _("考核办法")),
    "scheme_edit": Help(
        _("起草考核办法。写好以后由领导小组决定，采用以后不能改，只能另订。"),
        (),
        ("score",),
        _("起草考核办法"),
    ),
    "score_evidence": Help(_("评定佐证是否充分，计入得分。"), (), ("score", "evidence"), _("佐证评定")),
    "score_try": Help(_("用另一种办法试算，看排名怎样变化；不保存，也不公布。"), (), ("score",), _("试算")),
    "evaluation": Help(
        _("方案期满后，逐项说明任务和目标的结果。"),
        (_("由办公室整理并签署，签署后可以下载；有误的撤销后另签。"),),
        ("evaluation", "target", "term"),
    ),
    "verify": Help(
        _("查一份简报是不是本站印发的，内容有没有改动。"),
        (_("输入简报上的核验码，或者扫二维码；也可以选文件比对。"),),
        ("verify", "issue"),
    ),
    # -- 督办
    "notice_list": Help(
        _("督办台账：建议、已签发、待签收、待反馈、逾期和办结的。"),
        (
            _("办公室：建议可以逐件或成批签发，不督办的写明理由。"),
            _("单位：先签收，再查明原因，期限内反馈。"),
        ),
        ("notice", "grade", "escalation"),
    ),
    "notice": Help(
        _("一件督办：依据、正文、期限、签收、反馈和审核。"),
        (
            _("单位签收后起草反馈，由签批人报送，可以附文件。"),
            _("办公室审核反馈，办结或者退回再办；办结有误的可以重开。"),
        ),
        ("notice", "grade", "escalation", "reporter"),
        _("一件督办"),
    ),
    "notice_new": Help(
        _("向一个或者几个单位发督办单，签发以前可以看全文。"),
        (_("签发后编文号，内容不能再改，只能撤销。"),),
        ("notice", "grade"),
        _("发督办单"),
    ),
    "supervision_rules": Help(
        _("哪些情形自动提出督办建议，逾期不反馈的告知谁。"),
        (_("规则只提出建议，签不签发由人决定。"),),
        ("notice", "escalation", "grade"),
    ),
    "notice_grades": Help(_("督办等级的名称、代字和反馈期限。"), (), ("grade", "notice"), _("督办等级")),
    "instruction_list": Help(
        _("领导的批示，交办没有，办到哪一步。"),
        (_("办公室登记纸质批示并附扫描件，交办到单位。"),),
        ("instruction", "notice"),
    ),
    "instruction": Help(
        _("一件批示：内容、对象、交办给谁、办理情况。"),
        (_("待交办的由办公室拟定承办单位。"),),
        ("instruction", "notice"),
        _("一件批示"),
    ),
    "instruction_new": Help(
        _("写批示，或者登记纸质批示。可以针对任务、填报、简报等，也可以单独写。"),
        (),
        ("instruction",),
        _("写批示"),
    ),
    "resolutions": Help(
        _("会议议定的事项在一张表里登记，与批示一样交办和跟踪。"),
        (),
        ("instruction", "request"),
        _("登记议定事项"),
    ),
    "coordination_list": Help(
        _("各单位提请上一级协调的事项，从提出到有结果。"),
        (_("办公室勾选以后可以导出议题清单和汇报稿。"),),
        ("request", "opinion", "instruction"),
    ),
    "coordination": Help(
        _("一件提请协调事项的全部经过。"),
        (
            _("办公室写拟办意见、记录会议或批示、交办、录入结果。"),
            _("提出的单位确认是否解决；没有解决的重新办理。"),
        ),
        ("request", "opinion"),
        _("一件提请协调事项"),
    ),
    "coordination_new": Help(_("登记单位以别的方式提出的协调事项。"), (), ("request",), _("登记协调事项")),
    "comment_list": Help(
        _("专家对任务和方案实施的意见，办公室决定是否转给有关单位。"),
        (_("专家在任务页写意见；转送以后单位才看得到。"),),
        ("task", "office"),
    ),
    "comment": Help(_("一条专家意见，以及转给了哪些单位。"), (), ("task",), _("一条专家意见")),
    "comments_about": Help(_("对一项任务的专家意见。"), (), ("task",), _("对一项的意见")),
}
