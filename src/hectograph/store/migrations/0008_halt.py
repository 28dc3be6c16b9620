from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0007_fair_budget'),
    ]

    operations = [
        migrations.CreateModel(
            name='Halt',
            fields=[
                ('id', models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ('reason', models.TextField()),
                ('by', models.TextField(null=True)),
                ('since', models.DateTimeField()),
            ],
            options={
                'db_table': 'halt',
                'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='halt_is_one')],
            },
        ),
    ]
