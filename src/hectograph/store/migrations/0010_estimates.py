import django.db.models.deletion
import hectograph.domain.delivery
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hectograph', '0009_repetitions'),
    ]

    operations = [
        migrations.CreateModel(
            name='Estimate',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('made_at', models.DateTimeField()),
                ('again_at', models.DateTimeField()),
                ('starts_at', models.DateTimeField()),
                ('seconds', models.FloatField()),
                ('kind', models.TextField()),
                ('earliest_at', models.DateTimeField()),
                ('likely_at', models.DateTimeField()),
                ('latest_at', models.DateTimeField()),
            ],
            options={
                'db_table': 'estimate',
            },
        ),
        migrations.CreateModel(
            name='Risk',
            fields=[
                ('share', models.OneToOneField(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, primary_key=True, serialize=False, to='hectograph.share')),
                ('told_at', models.DateTimeField()),
                ('deadline', models.DateTimeField()),
                ('latest_at', models.DateTimeField()),
                ('over_at', models.DateTimeField(null=True)),
            ],
            options={
                'db_table': 'risk',
            },
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('attempts__gt', 3), ('state__in', [hectograph.domain.delivery.DeliveryState['PLACED'], hectograph.domain.delivery.DeliveryState['PLACING'], hectograph.domain.delivery.DeliveryState['PLANNED'], hectograph.domain.delivery.DeliveryState['WAITING']])), fields=['share'], name='delivery_troubled'),
        ),
        migrations.AddField(
            model_name='estimate',
            name='share',
            field=models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, to='hectograph.share'),
        ),
        migrations.AddIndex(
            model_name='estimate',
            index=models.Index(fields=['share', 'made_at'], name='estimate_of_share'),
        ),
        migrations.AddIndex(
            model_name='estimate',
            index=models.Index(fields=['made_at'], name='estimate_by_age'),
        ),
    ]
