"""The page that sends a test of a template. Templates know it by its name (settings.TRIAL_PAGE)."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from channels_app.models import Sender
from messaging.services.versions import compiled_version
from projects.admin.scoped import beside_field
from projects.errors import Conflict, InvalidInput
from templates.errors import TemplateSyntaxError
from templates.models import Channel, MessageTemplate
from templates.variables import data_names
from transactional.services.trials import WHERE, send_trial

DATA = "data_"


class TrialForm(forms.Form):
    """To whom, from whom where the channel has senders, and a value for each variable that only a request can fill."""

    to = forms.CharField(max_length=4096, widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}))

    def __init__(self, template: MessageTemplate, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = WHERE[Channel(template.channel)]
        # Help texts are HTML.
        shape = "The {} of somebody in {}: yourself, for one."
        self.fields["to"].help_text = format_html(shape, what, template.project)
        if template.channel != Channel.APP_PUSH:
            senders = Sender.objects.filter(project=template.project_id, channel=template.channel)
            self.fields["sender"] = forms.ModelChoiceField(
                senders.defer("credentials"),
                initial=senders.first(),
                widget=UnfoldAdminSelectWidget,
                help_text="Who it comes from." if senders else "The project has none yet: add one under Setup.",
            )
        for name in _asked(template):
            self.fields[DATA + name] = forms.CharField(
                required=False, label=name, widget=UnfoldAdminTextInputWidget, help_text="A variable of the request."
            )

    def data_of_request(self) -> dict[str, str]:
        """Variable → what was typed; what was left empty is left out, as a request would."""
        told = {name.removeprefix(DATA): text for name, text in self.cleaned_data.items() if name.startswith(DATA)}
        return {name: text for name, text in told.items() if text}


def trial_page(request: HttpRequest, page: Any, template: MessageTemplate) -> HttpResponse:
    """GET asks to whom; POST sends and leads to the message, which tells how it fares."""
    form = TrialForm(template, request.POST if request.method == "POST" else None)
    if form.is_valid():
        told = form.cleaned_data
        try:
            sent = send_trial(template, to=told["to"], sender=told.get("sender"), data=form.data_of_request())
        except InvalidInput as error:
            for field, sentence in error.errors.items():
                beside_field(form, field, sentence)
        except Conflict as error:
            beside_field(form, "to", error.message)
        else:
            _tell(request, page, [message.reason for message in sent])
            return HttpResponseRedirect(reverse("admin:messaging_message_change", args=[sent[0].pk]))
    context = {
        **page.admin_site.each_context(request),
        "title": f"Send a test of {template.name}",
        "opts": page.opts,
        "original": template,
        "form": form,
        "back": reverse("admin:templates_messagetemplate_change", args=[template.pk]),
    }
    return TemplateResponse(request, "transactional/trial.html", context)


def _tell(request: HttpRequest, page: Any, reasons: list[str]) -> None:
    if reasons[0]:
        page.message_user(request, f"Not sent: {reasons[0]}", messages.WARNING)
    elif len(reasons) > 1:
        page.message_user(request, f"On its way to {len(reasons)} devices; this is the first.", messages.SUCCESS)
    else:
        page.message_user(request, "On its way: load this page again to see how it fared.", messages.SUCCESS)


def _asked(template: MessageTemplate) -> list[str]:
    try:
        return data_names(compiled_version(template.current_id or 0).text.variables)
    except TemplateSyntaxError:
        return []
