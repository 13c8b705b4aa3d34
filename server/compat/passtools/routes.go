package passtools

import (
	"pocketpass/server/access"
	"pocketpass/store"
)

// Who may do what.
var (
	readers = access.Any
	writers = []store.Role{store.Admin, store.Issuer}
)

// routes lists every endpoint. What ends in id/{externalId} is the same by external id.
var routes = []route{
	{"GET", "/system/status", nil, (*Service).status},

	{"GET", "/template/headers", readers, (*Service).listTemplates},
	{"GET", "/template/{templateId}", readers, (*Service).getTemplate},
	{"GET", "/template/id/{externalId}", readers, (*Service).getTemplate},
	{"POST", "/template", writers, (*Service).createTemplate},
	{"POST", "/template/{projectId}", writers, (*Service).createTemplate},
	{"POST", "/template/id/{externalId}", writers, (*Service).createTemplate},
	{"POST", "/template/{projectId}/id/{externalId}", writers, (*Service).createTemplate},
	{"PUT", "/template/{templateId}", writers, (*Service).replaceTemplate},
	{"PUT", "/template/id/{externalId}", writers, (*Service).replaceTemplate},
	{"DELETE", "/template/{templateId}", writers, (*Service).deleteTemplate},
	{"DELETE", "/template/id/{externalId}", writers, (*Service).deleteTemplate},
	{"POST", "/template/duplicate/{templateId}", writers, (*Service).duplicateTemplate},
	{"POST", "/template/duplicate/id/{externalId}", writers, (*Service).duplicateTemplate},

	{"POST", "/template/{templateId}/locations", writers, (*Service).addTemplatePlaces},
	{"POST", "/template/id/{externalId}/locations", writers, (*Service).addTemplatePlaces},
	{"DELETE", "/template/{templateId}/location/{locationId}", writers, (*Service).deleteTemplatePlace},
	{"DELETE", "/template/id/{externalId}/location/{locationId}", writers, (*Service).deleteTemplatePlace},

	{"GET", "/pass", readers, (*Service).listPasses},
	{"GET", "/pass/{passId}", readers, (*Service).getPass},
	{"GET", "/pass/id/{externalId}", readers, (*Service).getPass},
	{"POST", "/pass/{templateId}", writers, (*Service).createPass},
	{"POST", "/pass/{templateId}/id/{externalId}", writers, (*Service).createPass},
	{"POST", "/pass/id/{templateExternalId}", writers, (*Service).createPass},
	{"POST", "/pass/id/{templateExternalId}/id/{externalId}", writers, (*Service).createPass},
	{"PUT", "/pass/{passId}", writers, (*Service).updatePass},
	{"PUT", "/pass/id/{externalId}", writers, (*Service).updatePass},
	{"DELETE", "/pass/{passId}", writers, (*Service).deletePass},
	{"DELETE", "/pass/id/{externalId}", writers, (*Service).deletePass},
	{"PUT", "/pass/{passId}/push", writers, (*Service).pushPass},
	{"PUT", "/pass/id/{externalId}/push", writers, (*Service).pushPass},
	{"GET", "/pass/{passId}/download", readers, (*Service).downloadPass},
	{"GET", "/pass/id/{externalId}/download", readers, (*Service).downloadPass},
	{"GET", "/pass/{passId}/viewJSONPass", readers, (*Service).viewPass},
	{"GET", "/pass/id/{externalId}/viewJSONPass", readers, (*Service).viewPass},
	{"POST", "/pass/{passId}/locations", writers, (*Service).addPassPlaces},
	{"POST", "/pass/id/{externalId}/locations", writers, (*Service).addPassPlaces},
	{"DELETE", "/pass/{passId}/location/{locationId}", writers, (*Service).deletePassPlace},
	{"DELETE", "/pass/id/{externalId}/location/{locationId}", writers, (*Service).deletePassPlace},
	{"GET", "/pass/{passId}/tags", readers, (*Service).getPassTags},
	{"GET", "/pass/id/{externalId}/tags", readers, (*Service).getPassTags},
	{"PUT", "/pass/{passId}/tags", writers, (*Service).addPassTags},
	{"PUT", "/pass/id/{externalId}/tags", writers, (*Service).addPassTags},

	{"GET", "/tag", readers, (*Service).listTags},
	{"GET", "/tag/{tag}/passes", readers, (*Service).listTagged},
	{"PUT", "/tag/{tag}/passes", writers, (*Service).reviseTagged},
	{"DELETE", "/tag/{tag}", writers, (*Service).deleteTag},
	{"DELETE", "/tag/{tag}/passes", writers, (*Service).emptyTag},
	{"DELETE", "/tag/{tag}/pass/{passId}", writers, (*Service).untagPass},
	{"DELETE", "/tag/{tag}/pass/id/{externalId}", writers, (*Service).untagPass},

	{"GET", "/ticket/{ticketId}", readers, (*Service).getTicket},

	{"GET", "/project", readers, (*Service).listProjects},
	{"GET", "/project/{projectId}", readers, (*Service).getProject},
	{"GET", "/project/id/{externalId}", readers, (*Service).getProject},
	{"POST", "/project", writers, (*Service).createProject},
	{"POST", "/project/id/{externalId}", writers, (*Service).createProject},
	{"POST", "/project/{layoutId}", writers, (*Service).createFromLayout},
	{"PUT", "/project/{projectId}", writers, (*Service).updateProject},
	{"PUT", "/project/id/{externalId}", writers, (*Service).updateProject},
	{"DELETE", "/project/{projectId}", writers, (*Service).deleteProject},
	{"DELETE", "/project/id/{externalId}", writers, (*Service).deleteProject},

	{"POST", "/location", writers, (*Service).addAddress},

	// What came later, most of it other ways to the same.
	{"GET", "/pass/template/{templateId}/id/{externalId}", readers, (*Service).getPass},
	{"POST", "/pass/template/{templateId}/id/{externalId}", writers, (*Service).createPass},
	{"PUT", "/pass/template/{templateId}/id/{externalId}", writers, (*Service).updatePass},
	{"DELETE", "/pass/template/{templateId}/id/{externalId}", writers, (*Service).deletePass},
	{"GET", "/pass/template/id/{templateExternalId}/id/{externalId}", readers, (*Service).getPass},
	{"POST", "/pass/template/id/{templateExternalId}/id/{externalId}", writers, (*Service).createPass},
	{"PUT", "/pass/template/id/{templateExternalId}/id/{externalId}", writers, (*Service).updatePass},
	{"DELETE", "/pass/template/id/{templateExternalId}/id/{externalId}", writers, (*Service).deletePass},
	{"POST", "/pass/template/{templateId}/id/{externalId}/locations", writers, (*Service).addPassPlaces},
	{"DELETE", "/pass/template/{templateId}/id/{externalId}/location/{locationId}", writers, (*Service).deletePassPlace},
	{"GET", "/pass/template/{templateId}/id/{externalId}/tags", readers, (*Service).getPassTags},
	{"PUT", "/pass/template/{templateId}/id/{externalId}/tags", writers, (*Service).addPassTags},
	{"GET", "/pass/template/{templateId}/id/{externalId}/download", readers, (*Service).downloadPass},
	{"GET", "/pass/download", readers, (*Service).downloadSeveral},
	{"GET", "/template/{templateId}/passes", readers, (*Service).listPasses},
	{"GET", "/template/id/{externalId}/passes", readers, (*Service).listPasses},
	{"PUT", "/template/{templateId}/passes", writers, (*Service).reviseTemplate},
	{"PUT", "/template/id/{externalId}/passes", writers, (*Service).reviseTemplate},
	{"POST", "/project/duplicate/{projectId}", writers, (*Service).duplicateProject},
	{"POST", "/project/duplicate/id/{externalId}", writers, (*Service).duplicateProject},
	{"GET", "/template/{templateId}/stats", readers, (*Service).templateStats},
	{"GET", "/template/id/{externalId}/stats", readers, (*Service).templateStats},
	{"GET", "/project/{projectId}/stats", readers, (*Service).projectStats},
	{"GET", "/project/id/{externalId}/stats", readers, (*Service).projectStats},
	{"GET", "/tag/{tag}/stats", readers, (*Service).tagStats},
	{"GET", "/pass/id/{externalId}/stats", readers, (*Service).passStats},
	{"GET", "/download/pass/{uuid}", nil, (*Service).downloadPublic},
	{"GET", "/templates/{templateId}", readers, (*Service).getDocument},
}
