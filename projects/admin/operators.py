"""Operators: people of the panel, their roles and the client accounts they see."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from projects.admin.decorators import display
from projects.admin.scoped import ScopedAdmin, ScopedTabularInline
from projects.errors import Forbidden
from projects.models import Membership, Operator
from projects.scope import signed_in
from projects.services.operators import check_may_manage, grantable_roles


class Memberships(ScopedTabularInline):
    model = Membership
    fields = ["client"]
    autocomplete_fields = ["client"]
    verbose_name = "client account"
    verbose_name_plural = "client accounts this operator sees (an Administrator sees all)"


class NewOperatorForm(UserCreationForm):  # type: ignore[misc]  # unfold has no types
    """Name, password twice and roles. Whoever is made here may sign in."""

    def save(self, commit: bool = True) -> Operator:
        self.instance.is_staff = True
        operator: Operator = super().save(commit=commit)
        return operator


@admin.register(Operator)
class OperatorAdmin(ScopedAdmin, UserAdmin):  # type: ignore[misc,type-arg]  # unfold has no types; generic for mypy
    form = UserChangeForm
    add_form = NewOperatorForm
    change_password_form = AdminPasswordChangeForm
    list_display = ["username", "full_name", "email", "roles", "sees", "is_active", "last_login"]
    list_filter = ["groups", "is_active"]
    filter_horizontal = ()
    search_fields = ["username", "first_name", "last_name", "email"]
    readonly_fields = ["last_login", "date_joined"]
    inlines = [Memberships]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        ("Person", {"fields": [("first_name", "last_name"), "email"]}),
        ("May", {"fields": ["is_active", "groups"]}),
        ("Dates", {"fields": [("last_login", "date_joined")]}),
    ]
    add_fieldsets = [(None, {"fields": ["username", "password1", "password2", "email", "groups"]})]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        clients = Prefetch("memberships", queryset=Membership.objects.select_related("client"))
        return super().get_queryset(request).prefetch_related("groups", clients)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and self._may_manage(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_manage(request, obj)

    def _may_manage(self, request: HttpRequest, obj: Any) -> bool:
        if obj is None:
            return True
        operator = obj if isinstance(obj, Operator) else Operator.objects.filter(pk=obj).first()
        try:
            if operator is not None:
                check_may_manage(signed_in(request), operator)
        except Forbidden:
            return False
        return operator is not None

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        return forms.ModelMultipleChoiceField(
            queryset=grantable_roles(signed_in(request)).order_by("pk"),
            required=False,
            label="Roles",
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
        )

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """The bulk action asks no object's permission, so superusers are left out here."""
        safe = queryset if request.user.is_superuser else queryset.filter(is_superuser=False)
        super().delete_queryset(request, safe.exclude(pk=request.user.pk))

    @admin.display(description="Name")
    def full_name(self, operator: Operator) -> str:
        return operator.get_full_name() or "–"

    @display(description="Roles", label=True)
    def roles(self, operator: Operator) -> list[str] | str:
        names = [group.name for group in operator.groups.all()]
        return ["Superuser", *names] if operator.is_superuser else names or "none"

    @admin.display(description="Client accounts")
    def sees(self, operator: Operator) -> str:
        return ", ".join(each.client.name for each in operator.memberships.all()) or "–"
