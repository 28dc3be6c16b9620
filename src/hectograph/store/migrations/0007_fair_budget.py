from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0006_timing'),
    ]

    operations = [
        migrations.AddField(
            model_name='budget',
            name='parts',
            field=models.JSONField(db_default=models.Value({}, output_field=models.JSONField()), default=dict),
        ),
    ]
