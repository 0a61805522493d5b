select name, sum(amount) as total
from {{ ref('stg_departments') }}
join {{ source('raw', 'sales') }} on department_id = id
group by name
