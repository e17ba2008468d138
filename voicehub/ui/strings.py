"""Every sentence of the page in both languages, and which language a visitor reads."""

from collections.abc import Mapping
from typing import Any

LANGUAGES = ("en", "zh")

STRINGS: dict[str, dict[str, str]] = {
    "en": {
        "title": "# VoiceHub",
        "subtitle": "Clone a voice with its owner's consent, from a minute of speech, on this "
        "computer. Nothing is sent anywhere.",
        "tab_clone": "Clone",
        "tab_speak": "Speak",
        "tab_convert": "Convert",
        "step_recordings": "### 1 · Recordings\nUpload clear speech of **one** person, 30 seconds "
        "or more in all, or record it here. WAV, FLAC, MP3, Ogg and Opus, 64 MB each at most.",
        "recordings": "Recordings",
        "microphone": "Record with the microphone",
        "add_recording": "Add to the recordings",
        "quality": "Quality of the recordings",
        "quality_file": "file",
        "quality_level": "verdict",
        "quality_value": "value",
        "quality_finding": "finding and advice",
        "level_pass": "✓ good",
        "level_warn": "! fair",
        "level_fail": "✗ not usable",
        "step_consent": "### 2 · Consent\nThe owner of the voice reads this aloud, with their own "
        "name and what the voice is for:",
        "statement": "> I, ⟨name⟩, am the owner of this voice. I agree that VoiceHub may use my "
        "recordings to create and use a synthetic version of my voice for ⟨purpose⟩.",
        "consent_recording": "The statement, read by the owner of the voice",
        "consent_tick": "I am the owner of this voice, or act for them, and the statement above is "
        "true. I understand that cloning a voice without consent is not allowed.",
        "consent_note": "The recording is kept with its hash beside the voice. Its words and voice "
        "are not verified automatically yet.",
        "step_name": "### 3 · Name and tuning",
        "name": "Name of the voice",
        "name_placeholder": "for example: Ada",
        "effort": "Tuning",
        "effort_info": "More steps come closer to the voice and take longer; 0 is ready at once.",
        "clone": "Create the voice",
        "stop": "Stop, keep the best so far",
        "clone_done": "**{name}** is ready: {steps} steps, {seconds:.0f} s of recordings, made in "
        "{spent:.0f} s. Go to *Speak* and choose it.",
        "clone_stopped": "**{name}** is ready: stopped after {steps} steps, the best voice so far "
        "is kept.",
        "need_tick": "Tick that the owner of the voice agrees.",
        "need_recordings": "Add at least one recording.",
        "need_statement": "Record or upload the consent statement.",
        "stopping": "Stopping; the best voice so far is kept.",
        "nothing_to_stop": "Nothing is being tuned.",
        "voice": "Voice",
        "no_voice": "There is no voice yet: create one under Clone first.",
        "need_voice": "Choose a voice.",
        "need_source": "Record or upload something to convert.",
        "text": "Text",
        "text_placeholder": "English, 中文, or both in one sentence.",
        "speed": "Speed",
        "pitch": "Pitch (semitones)",
        "speak": "Speak",
        "speech": "Speech",
        "made": "{seconds:.1f} s of sound in {spent:.1f} s.",
        "source": "Recording to convert",
        "convert": "Convert",
        "converted": "Converted",
        "unexpected": "Something went wrong on our side. Try again; the server's log says more.",
        "footer": "Only clone voices whose owners agreed. Speech made here is logged with the "
        "voice, the consent and a hash of the sound; it carries no watermark yet, so say that "
        "it is synthetic when you share it.",
    },
    "zh": {
        "title": "# VoiceHub",
        "subtitle": "经声音主人同意，用一分钟的录音在本机克隆声音。任何数据都不会发送出去。",
        "tab_clone": "克隆",
        "tab_speak": "朗读",
        "tab_convert": "转换",
        "step_recordings": "### 1 · 录音\n上传**同一个人**的清晰语音，总共 30 秒以上，"
        "或者在这里录制。"
        "支持 WAV、FLAC、MP3、Ogg 和 Opus，每个文件最大 64 MB。",
        "recordings": "录音",
        "microphone": "用麦克风录制",
        "add_recording": "加入录音列表",
        "quality": "录音质量",
        "quality_file": "文件",
        "quality_level": "结论",
        "quality_value": "数值",
        "quality_finding": "说明与建议",
        "level_pass": "✓ 良好",
        "level_warn": "! 一般",
        "level_fail": "✗ 不可用",
        "step_consent": "### 2 · 同意声明\n"
        "请声音的主人朗读下面的文字，说出自己的姓名和声音的用途：",
        "statement": "> 我，〈姓名〉，是此声音的拥有者。我同意 VoiceHub 使用我的录音"
        "创建并使用我的合成声音，用途为〈用途〉。",
        "consent_recording": "声音主人朗读的声明",
        "consent_tick": "我是此声音的拥有者或其代表，上述声明属实。"
        "我明白未经同意不得克隆他人的声音。",
        "consent_note": "声明的录音连同其哈希值与声音一起保存。目前尚不能自动核验其内容和说话人。",
        "step_name": "### 3 · 名称与训练",
        "name": "声音名称",
        "name_placeholder": "例如：小雅",
        "effort": "训练步数",
        "effort_info": "步数越多越像本人，耗时也越长；0 表示立即可用。",
        "clone": "创建声音",
        "stop": "停止并保留目前最好的结果",
        "clone_done": "**{name}** 已就绪：{steps} 步，{seconds:.0f} 秒录音，用时 {spent:.0f} 秒。"
        "请到“朗读”页选择它。",
        "clone_stopped": "**{name}** 已就绪：在第 {steps} 步停止，保留了目前最好的结果。",
        "need_tick": "请勾选声音主人同意。",
        "need_recordings": "请至少添加一个录音。",
        "need_statement": "请录制或上传同意声明。",
        "stopping": "正在停止，将保留目前最好的结果。",
        "nothing_to_stop": "当前没有训练任务。",
        "voice": "声音",
        "no_voice": "还没有声音：请先在“克隆”页创建一个。",
        "need_voice": "请选择一个声音。",
        "need_source": "请录制或上传要转换的内容。",
        "text": "文本",
        "text_placeholder": "英文、中文，或两者混合。",
        "speed": "语速",
        "pitch": "音高（半音）",
        "speak": "朗读",
        "speech": "语音",
        "made": "{seconds:.1f} 秒音频，用时 {spent:.1f} 秒。",
        "source": "要转换的录音",
        "convert": "转换",
        "converted": "转换结果",
        "unexpected": "我们这边出了问题，请重试；服务器日志中有详细信息。",
        "footer": "只可克隆主人已同意的声音。这里生成的语音会连同声音、同意记录和音频哈希一起记录；"
        "目前还没有水印，分享时请说明这是合成语音。",
    },
}

# The quality checks' findings by their code; the English ones are the checks' own.
QUALITY_ZH = {
    "speech.ok": "语音时长 {value:.0f} 秒。",
    "speech.short": "语音只有 {value:.1f} 秒：超过 10 秒效果更好，请再录几句。",
    "speech.too_short": "语音只有 {value:.1f} 秒，至少需要 3 秒，请再录几句。",
    "speech.none": "没有检测到语音，只有噪声或静音；请确认选对了麦克风，然后朗读几句。",
    "level.ok": "音量合适（{value:.0f} LUFS）。",
    "level.silent": "录音是静音的；请确认麦克风已打开且未静音。",
    "level.too_quiet": "录音音量太小（{value:.0f} LUFS）；请调高麦克风音量后重录。",
    "level.quiet": "录音音量偏小（{value:.0f} LUFS）；请靠近麦克风或调高音量。",
    "level.loud": "录音音量很大（{value:.0f} LUFS）；请调低麦克风音量。",
    "noise.ok": "背景安静（语音比背景高 {value:.0f} dB）。",
    "noise.some": "背景有噪声（语音只比背景高 {value:.0f} dB）；"
    "更安静的房间或更近的麦克风效果更好。",
    "noise.high": "噪声很大（语音只比背景高 {value:.0f} dB）；请在安静的房间里靠近麦克风录音。",
    "clipping.ok": "没有因音量过大而失真。",
    "clipping.some": "大声处有削波（{value:.1f} % 的采样）；请调低麦克风音量。",
    "clipping.heavy": "录音严重过载（{value:.1f} % 的采样被削波）；请调低麦克风音量后重录。",
    "bandwidth.ok": "录音频率最高到 {value:.1f} kHz。",
    "bandwidth.narrow": "没有 {value:.1f} kHz 以上的频率：声音会略显沉闷；"
    "请用 44.1 或 48 kHz 录音，不要用耳机的通话模式。",
    "bandwidth.telephone": "录音是电话音质（没有 {value:.1f} kHz 以上的频率）；"
    "请用设备本身以 44.1 或 48 kHz 录音，不要在通话中录制。",
    "speakers.one": "只有一位说话人。",
    "speakers.maybe_several": "可能不止一位说话人；请剪去声音主人以外的人。",
    "speakers.several": "似乎有多人在说话；请使用只有声音主人说话的录音。",
}


def language_of(accepted: str | None) -> str:
    """Return the page's language for an Accept-Language header."""
    first = (accepted or "").split(",")[0].strip().lower()
    return "zh" if first.startswith("zh") else "en"


def quality_sentence(check: Mapping[str, Any], language: str) -> str:
    """Return what a quality check found and advises."""
    if language == "zh" and check["code"] in QUALITY_ZH:
        return QUALITY_ZH[check["code"]].format(value=check["value"])
    return str(check["message"])


def string(key: str, language: str, **values: object) -> str:
    """Return a sentence for messages that the server makes."""
    return STRINGS[language][key].format(**values)
