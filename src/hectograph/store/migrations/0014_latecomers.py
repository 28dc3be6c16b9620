"""Who came to a class after something was shared with all of it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0013_webhooks'),
    ]

    operations = [
        migrations.AddField(
            model_name='asking',
            name='pattern',
            field=models.TextField(null=True),
        ),
        migrations.CreateModel(
            name='PassedOver',
            fields=[
                ('pk', models.CompositePrimaryKey('share_id', 'student', blank=True, editable=False, primary_key=True, serialize=False)),
                ('student', models.TextField()),
                ('share', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='hectograph.share')),
            ],
            options={
                'db_table': 'passed_over',
            },
        ),
    ]
