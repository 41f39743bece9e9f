"""Roles, statuses and the verbs that rights are made of."""

from django.db import models


class Role(models.TextChoices):
    """What a person does for a living, hence what they may do here; the keys are those of the existing platform."""

    CORRESPONDENT = "direct_collaborator", "Correspondant"
    INSTITUTIONAL_PARTNER = "collaborator", "Partenaire institutionnel"
    OPERATOR = "association", "Opérateur"
    INTERVENER = "intervener", "Intervenant"
    OBSERVER = "external_observator", "Observateur externe"
    NATIONAL_ACTOR = "national_establisment", "Acteur national"


class AdminRole(models.TextChoices):
    """An administration held on top of a role."""

    LOCAL = "local_admin", "Administrateur local"
    NATIONAL = "national_admin", "Administrateur national"


class UserStatus(models.TextChoices):
    NEW = "new", "Demande en cours"
    ACTIVE = "active", "Actif"
    INACTIVE = "inactive", "Désactivé"
    REFUSED = "refused", "Refusé"


class OrganisationCategory(models.TextChoices):
    PUBLIC_ESTABLISHMENT = "public_establishment", "Service de l’État, établissement ou organisme public"
    TERRITORIAL_COLLECTIVITY = "territorial_collectivity", "Collectivité territoriale"
    ASSOCIATION = "association", "Association"
    ADMINISTRATION = "administration", "Administration centrale"
    PRIVATE_ORGANISATION = "private_organization", "Organisme privé"


class Feature(models.TextChoices):
    """What may be done to what, as entity.verb: the only vocabulary of rights."""

    SITE_READ = "site.read", "Consulter les sites"
    SITE_READ_ACCESS_NOTES = "site.read_access_notes", "Lire les informations d’accès des sites"
    SITE_REPORT = "site.report", "Signaler un site"
    SITE_CREATE = "site.create", "Déclarer un site"
    SITE_UPDATE = "site.update", "Actualiser un site"
    SITE_CLOSE = "site.close", "Fermer un site"
    SITE_REOPEN = "site.reopen", "Rouvrir un site"
    SITE_CORRECT = "site.correct", "Corriger une fermeture"
    SITE_DELETE = "site.delete", "Supprimer un site"
    SITE_EXPORT = "site.export", "Exporter les sites"
    SITE_SET_OBJECTIVE = "site.set_objective", "Fixer un objectif de résorption"
    SITE_MANAGE_PHASES = "site.manage_phases", "Suivre les phases de résorption"
    SITE_INTERVENE = "site.intervene", "Se déclarer intervenant"
    PROCEDURE_ACCESS = "procedure.access", "Accéder aux procédures"
    OWNER_ACCESS = "owner.access", "Accéder aux propriétaires"
    HISTORY_EXPORT = "history.export", "Exporter l’état passé des sites"
    ACTION_READ = "action.read", "Consulter les actions"
    ACTION_CREATE = "action.create", "Créer une action"
    ACTION_UPDATE = "action.update", "Modifier une action"
    ACTION_EXPORT = "action.export", "Exporter les actions"
    FINANCES_ACCESS = "finances.access", "Accéder aux financements"
    JOURNAL_READ = "journal.read", "Lire les journaux"
    JOURNAL_WRITE = "journal.write", "Écrire dans les journaux"
    JOURNAL_READ_PRIVATE = "journal.read_private", "Lire les messages restreints"
    JOURNAL_MODERATE = "journal.moderate", "Modérer les journaux"
    JOURNAL_EXPORT = "journal.export", "Exporter les journaux"
    STATISTICS_READ = "statistics.read", "Consulter les statistiques"
    USER_READ = "user.read", "Consulter les comptes"
    USER_CREATE = "user.create", "Créer un compte"
    USER_ACTIVATE = "user.activate", "Activer un compte"
    USER_DEACTIVATE = "user.deactivate", "Désactiver un compte"
    USER_EXPORT = "user.export", "Exporter les comptes"
    CONTENT_EDIT = "content.edit", "Modifier les pages d’information"


class Option(models.TextChoices):
    """What an administrator may add to a role, person by person; off unless ticked."""

    READ_NATIONAL = "read_national", "Consulter les sites et actions de tout le pays"
    CREATE_SITE = "create_site", "Déclarer des sites"
    CLOSE_SITE = "close_site", "Fermer des sites"
    ACCESS_PROCEDURES = "access_procedures", "Accéder aux procédures"
    ACCESS_FINANCES = "access_finances", "Accéder aux financements"
