package ui

import "strings"

// inApp lists marks of browsers inside apps, which show a pass as a download
// that nothing opens, in the order in which they are looked for.
var inApp = []struct{ mark, name string }{
	{"Instagram", "Instagram"},
	{"FBAN/Messenger", "Messenger"},
	{"FB_IAB/Orca", "Messenger"},
	{"FBAN", "Facebook"},
	{"FBAV", "Facebook"},
	{"FB_IAB", "Facebook"},
	{"Barcelona", "Threads"},
	{"Line/", "LINE"},
	{"BytedanceWebview", "TikTok"},
	{"musical_ly", "TikTok"},
	{"TikTok", "TikTok"},
	{"LinkedInApp", "LinkedIn"},
	{"MicroMessenger", "WeChat"},
	{"Snapchat", "Snapchat"},
	{"Pinterest", "Pinterest"},
	{"Twitter", "X"},
	{"KAKAOTALK", "KakaoTalk"},
	{"GSA/", "the Google app"},
}

// InAppBrowser names the app whose built-in browser sent userAgent, or returns
// "" for a browser of its own.
func InAppBrowser(userAgent string) string {
	for _, app := range inApp {
		if strings.Contains(userAgent, app.mark) {
			return app.name
		}
	}
	return ""
}
