#if HTML
/// The style sheet of the page, which loads no fonts and no pictures.
enum PageStyle {
    static let sheet = colors + text + charts + tables + narrow

    /// The colors: eight hues, lighter and darker in turn, that color-blind readers can tell apart, and gray for the rest.
    ///
    /// The contrast with the background is at least 3 : 1 in both schemes.
    private static let colors = """
        :root{color-scheme:light dark;--page:#f6f7f9;--card:#fff;--text:#1b2026;--soft:#56606b;--edge:#dfe3e8;--grid:#e6e9ed;
        --hover:#1b202614;--link:#0059a3;--alarm:#b3261e;
        --c0:#0069b4;--c1:#d1490c;--c2:#00845c;--c3:#8f4bb5;--c4:#a86f00;--c5:#2b8fc9;--c6:#8c1d4f;--c7:#55631c;--c8:#7a838d}
        @media(prefers-color-scheme:dark){:root{--page:#0f1216;--card:#171b21;--text:#e6e9ed;--soft:#a0aab5;--edge:#2b323b;
        --grid:#2a3038;--hover:#ffffff1c;--link:#7fbdf7;--alarm:#ff8a80;
        --c0:#4ea5ec;--c1:#ff8552;--c2:#2fbf8c;--c3:#c792ea;--c4:#edb03c;--c5:#9ad7ff;--c6:#f0719a;--c7:#b5c163;--c8:#8b949e}}
        .f0{fill:var(--c0);background:var(--c0)}.f1{fill:var(--c1);background:var(--c1)}.f2{fill:var(--c2);background:var(--c2)}
        .f3{fill:var(--c3);background:var(--c3)}.f4{fill:var(--c4);background:var(--c4)}.f5{fill:var(--c5);background:var(--c5)}
        .f6{fill:var(--c6);background:var(--c6)}.f7{fill:var(--c7);background:var(--c7)}.f8{fill:var(--c8);background:var(--c8)}
        .s0{stroke:var(--c0);--k:var(--c0)}.s1{stroke:var(--c1);--k:var(--c1)}.s2{stroke:var(--c2);--k:var(--c2)}
        .s3{stroke:var(--c3);--k:var(--c3)}.s4{stroke:var(--c4);--k:var(--c4)}.s5{stroke:var(--c5);--k:var(--c5)}
        .s6{stroke:var(--c6);--k:var(--c6)}.s7{stroke:var(--c7);--k:var(--c7)}.s8{stroke:var(--c8);--k:var(--c8)}

        """

    private static let text = """
        *{box-sizing:border-box}
        body{margin:0;background:var(--page);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
        header,main,footer{max-width:1120px;margin:0 auto;padding:0 20px}
        header{padding-top:28px}
        h1{font-size:26px;line-height:1.25;margin:0;overflow-wrap:anywhere}
        h2{font-size:20px;margin:36px 0 12px}
        h3{font-size:15px;margin:20px 0 6px;overflow-wrap:anywhere}
        a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
        .about,.note,footer{color:var(--soft)}
        .about{margin:4px 0 18px}.note{font-size:13px;margin:4px 0 8px}
        footer{font-size:13px;padding-top:16px;padding-bottom:32px}
        .tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(138px,1fr));gap:10px;margin:0}
        .tiles div{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:10px 14px}
        dt{color:var(--soft);font-size:13px}dd{margin:0;font-size:19px;font-weight:600;font-variant-numeric:tabular-nums}
        nav ul{list-style:none;display:flex;flex-wrap:wrap;gap:4px 18px;margin:16px 0 0;padding:0}
        .card{background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:14px 16px;margin:0 0 14px}
        .spikes h3,.suspects h3{margin-top:0}.suspects h3{color:var(--alarm)}.suspects .figures{color:var(--soft);font-size:13px}.suspects strong{overflow-wrap:anywhere}.inner{padding:4px 0 8px 16px;font-size:13px}.inner p{margin:10px 0 4px}
        .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        summary{cursor:pointer}
        .numbers{margin-top:8px;font-size:13px}.numbers>summary{color:var(--soft);width:max-content}
        .stack{font:12.5px/1.55 ui-monospace,"DejaVu Sans Mono",monospace;margin:6px 0;padding-left:28px;overflow-wrap:anywhere}
        code{font:12.5px ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}

        """

    private static let charts = """
        figure{margin:0}figcaption{font-weight:600;margin-bottom:6px}
        .plot{padding:8px 20px 0 68px}
        .plot:has(.bars){padding:4px 20px 0 4px}
        svg.chart{display:block;width:100%;overflow:visible;font-size:12px;font-variant-numeric:tabular-nums}
        .chart text{fill:var(--soft)}.chart .y,.chart .last{text-anchor:end}.chart .x,.chart .x.last{text-anchor:middle}
        .chart .name{fill:var(--text)}
        .grid{stroke:var(--grid)}.tick{stroke:var(--soft)}
        .line{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round;vector-effect:non-scaling-stroke}
        .s5.line,.s7.line{stroke-dasharray:7 4}.s4.line,.s6.line{stroke-dasharray:12 4 2 4}
        .band{opacity:.18;stroke:none}
        .area{stroke-width:1;stroke-linejoin:round;vector-effect:non-scaling-stroke}
        .part{stroke:var(--card);stroke-width:1}
        .hit{fill:transparent}.hit:hover{fill:var(--hover)}
        .mark circle{fill:var(--card);stroke:var(--alarm);stroke-width:2}
        .mark:hover circle{fill:var(--alarm)}.mark text{fill:var(--alarm);font-weight:600;paint-order:stroke;stroke:var(--card);stroke-width:3px}
        .range{opacity:.45}.middle{fill:var(--text);stroke:var(--card);stroke-width:2}
        .legend{list-style:none;display:flex;flex-wrap:wrap;gap:2px 16px;margin:0 0 8px;padding:0;font-size:13px}
        .legend li{overflow-wrap:anywhere}
        .key-area{display:inline-block;flex:none;width:11px;height:11px;border-radius:2px;margin-right:7px}
        .key-line{display:inline-block;width:20px;height:0;border-top:2.5px solid var(--k);margin-right:7px;vertical-align:middle}
        .key-line.s5,.key-line.s7{border-top-style:dashed}.key-line.s4,.key-line.s6{border-top-style:dotted}
        .named{display:flex;align-items:baseline}
        .signed,.share{display:block;width:100%;min-width:60px}.zero{stroke:var(--soft)}
        .share{background:var(--grid);border-radius:2px}
        .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:12px 24px}
        .pair .card{border:0;padding:0;margin:8px 0 0;background:none}

        """

    private static let tables = """
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
        th,td{padding:4px 0 4px 16px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
        tbody tr:last-child>*{border-bottom:0}
        thead th{color:var(--soft);font-weight:500;font-size:13px;vertical-align:bottom}
        .inner thead th{white-space:normal}
        .numbers thead th{max-width:170px;white-space:normal;overflow-wrap:anywhere}
        th:first-child,td:first-child{text-align:left;padding-left:0}
        tbody th{font-weight:400}
        .growth tbody th,.classes tbody th,.tree tbody th{white-space:normal;overflow-wrap:anywhere;min-width:130px}
        .picture{width:26%}
        .spikes td:last-child{white-space:normal;min-width:220px}
        .spikes td:last-child,.spikes thead th:last-child{text-align:left}
        .class>summary{display:flex;align-items:baseline;gap:2px;list-style-position:inside}
        .class>summary::-webkit-details-marker{display:none}
        .class>summary::before{content:"▸";color:var(--soft);width:18px;flex:none}
        .class[open]>summary::before{content:"▾"}
        .class-name{font-weight:600;overflow-wrap:anywhere;min-width:0;flex:1}
        .class>summary .figures{color:var(--soft);font-size:13px;text-align:right;padding-left:12px;flex:none;max-width:50%}
        .class{margin-bottom:8px}.anchor{scroll-margin-top:64px}
        .site{margin:4px 0}

        """ + (0...12).map { ".depth\($0){padding-left:\($0 * 16)px!important}" }.joined()

    private static let narrow = """
        @media(max-width:640px){
        header,main,footer{padding-left:12px;padding-right:12px}
        h1{font-size:21px}h2{font-size:18px;margin-top:28px}
        .card{padding:12px}
        .wide{display:none}.chart .x.last{text-anchor:end}
        .class>summary{flex-wrap:wrap}.class>summary .figures{flex-basis:100%;max-width:none;text-align:left;padding-left:40px}
        .plot{padding-right:12px;padding-left:62px}
        th,td{padding-left:10px}
        .tiles{grid-template-columns:repeat(2,1fr)}dd{font-size:17px}
        table{font-size:13px}
        .growth tbody th,.classes tbody th,.tree tbody th{min-width:96px}
        .picture{width:20%}.signed{min-width:36px}
        }
        @media print{.card{break-inside:avoid}.hit{display:none}}
        """
}
#endif
