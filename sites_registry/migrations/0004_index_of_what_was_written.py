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
    ]
