// zod with the method `.openapi()`, which adds what only the API reference needs to a schema. Schemas of the
// API import `z` from here, so that the method is there before the first schema is made.
import { extendZodWithOpenApi } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';

extendZodWithOpenApi(z);

export { z };
