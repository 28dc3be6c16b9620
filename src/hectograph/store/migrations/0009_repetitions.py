from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0008_halt'),
    ]

    operations = [
        migrations.CreateModel(
            name='Occurrence',
            fields=[
                ('pk', models.CompositePrimaryKey('repetition', 'day', blank=True, editable=False, primary_key=True, serialize=False)),
                ('repetition', models.TextField()),
                ('day', models.DateField()),
                ('at', models.DateTimeField()),
                ('share', models.TextField(null=True)),
                ('code', models.TextField(null=True)),
                ('message', models.TextField(null=True)),
                ('remedy', models.TextField(null=True)),
            ],
            options={
                'db_table': 'occurrence',
            },
        ),
        migrations.CreateModel(
            name='Repetition',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('request', models.JSONField()),
                ('rule', models.JSONField()),
                ('state', models.TextField()),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.TextField(null=True)),
                ('next_on', models.DateField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'repetition',
                'indexes': [models.Index(condition=models.Q(('state', 'on')), fields=['due_at'], name='repetition_due')],
            },
        ),
    ]
