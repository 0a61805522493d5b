select id, name, '{{ env_var("PUDATO_EXECUTION_ID") }}' as execution_id
from {{ ref('departments') }}
