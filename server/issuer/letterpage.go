package issuer

import "pocketpass/ui/markup"

// qrID is the Content-ID of the picture in the page.
const qrID = "qr@pocketpass"

// page is the letter as HTML. Mail readers know no style sheets.
func (l letter) page(greeting, body, footer string) string {
	var p markup.Page
	p.Add(`<!doctype html>
<html lang="{}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px;background:#f5f5f7;color:#1d1d1f;font:16px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif">
<div style="max-width:480px;margin:0 auto;padding:24px;background:#fff;border-radius:12px">
<p>{}</p>
`, markup.Text(l.parcel.Language), markup.Text(greeting))
	for _, paragraph := range paragraphs(body) {
		p.Add(`<p style="white-space:pre-line">{}</p>
`, markup.Text(paragraph))
	}
	link, shown := markup.URL(l.link), markup.Text(l.link)
	p.Add(`<p style="text-align:center;margin:24px 0"><a href="{}" style="display:inline-block;padding:12px 24px;background:#1d1d1f;color:#fff;border-radius:8px;text-decoration:none">{}</a></p>
<p style="text-align:center"><img src="cid:`+qrID+`" width="200" height="200" alt="{}"></p>
<p style="text-align:center;font-size:14px;word-break:break-all"><a href="{}" style="color:#0550ae">{}</a></p>
<p style="font-size:13px;color:#57575c">{}</p>
</div>
</body>
</html>
`, link, markup.Text(wordings[l.parcel.Language].open), shown, link, shown, markup.Text(footer))
	return p.String()
}
