import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("territories", "0001_initial"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="territory",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(
                    models.Func(
                        models.F("search_text"),
                        models.Value(" |"),
                        models.Value(1),
                        function="split_part",
                        output_field=models.TextField(),
                    ),
                    "gin_trgm_ops",
                ),
                name="territory_name_trgm",
            ),
        ),
    ]
