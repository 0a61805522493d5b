import type * as Swagger from '@nestjs/swagger';

type SwaggerModule = typeof Swagger;
type AnyDecorator = ClassDecorator & MethodDecorator & PropertyDecorator;

const pending: ((swagger: SwaggerModule) => void)[] = [];

/**
 * Nest's OpenAPI decorators, under their own names, without loading `@nestjs/swagger`: importing it takes a quarter of
 * a second, and at start the document is not needed yet. The decorators' arguments are kept and passed to
 * `@nestjs/swagger` when the document is built.
 */
function later(apply: (swagger: SwaggerModule) => unknown): AnyDecorator {
  return (target: object, ...rest: unknown[]): void => {
    pending.push((swagger) => {
      const decorate = apply(swagger) as (target: object, ...rest: unknown[]) => void;
      decorate(target, ...rest);
    });
  };
}

/** Loads `@nestjs/swagger` and passes it what the decorators have declared so far. */
export async function loadSwagger(): Promise<SwaggerModule> {
  const swagger = await import('@nestjs/swagger');
  for (const tell of pending.splice(0)) tell(swagger);
  return swagger;
}

type Options<K extends keyof SwaggerModule> = SwaggerModule[K] extends (
  ...options: infer O
) => unknown
  ? O
  : never;

export const ApiProperty = (...options: Options<'ApiProperty'>): PropertyDecorator =>
  later(({ ApiProperty: decorator }) => decorator(...options));
export const ApiPropertyOptional = (
  ...options: Options<'ApiPropertyOptional'>
): PropertyDecorator => later(({ ApiPropertyOptional: decorator }) => decorator(...options));
export const ApiTags = (...options: Options<'ApiTags'>): ClassDecorator & MethodDecorator =>
  later(({ ApiTags: decorator }) => decorator(...options));
export const ApiOperation = (...options: Options<'ApiOperation'>): MethodDecorator =>
  later(({ ApiOperation: decorator }) => decorator(...options));
export const ApiResponse = (...options: Options<'ApiResponse'>): ClassDecorator & MethodDecorator =>
  later(({ ApiResponse: decorator }) => decorator(...options));
export const ApiBody = (...options: Options<'ApiBody'>): MethodDecorator =>
  later(({ ApiBody: decorator }) => decorator(...options));
export const ApiQuery = (...options: Options<'ApiQuery'>): ClassDecorator & MethodDecorator =>
  later(({ ApiQuery: decorator }) => decorator(...options));
export const ApiParam = (...options: Options<'ApiParam'>): ClassDecorator & MethodDecorator =>
  later(({ ApiParam: decorator }) => decorator(...options));
export const ApiProduces = (...options: Options<'ApiProduces'>): ClassDecorator & MethodDecorator =>
  later(({ ApiProduces: decorator }) => decorator(...options));
export const ApiExcludeController = (): ClassDecorator =>
  later(({ ApiExcludeController: decorator }) => decorator());
export const ApiBearerAuth = (): ClassDecorator & MethodDecorator =>
  later(({ ApiBearerAuth: decorator }) => decorator());
