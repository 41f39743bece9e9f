from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sites_registry", "0003_following_and_phases"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="sitepage",
            index=models.Index(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=["status", "commune", "page_ptr", "updated_at"],
                name="site_written",
            ),
        ),
        migrations.RemoveIndex(model_name="sitepage", name="site_status_situation"),
        migrations.AddIndex(
            model_name="sitepage",
            index=models.Index(
                models.F("status"),
                models.OrderBy(models.F("situation_at"), descending=True, nulls_last=True),
                models.F("page_ptr"),
                name="site_status_situation",
            ),
        ),
    ]
