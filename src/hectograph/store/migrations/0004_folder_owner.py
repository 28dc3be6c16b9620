from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0003_pools'),
    ]

    operations = [
        migrations.AddField(
            model_name='folder',
            name='owner',
            field=models.TextField(db_default='', default=''),
        ),
    ]
