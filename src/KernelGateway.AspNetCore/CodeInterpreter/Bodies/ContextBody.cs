using System.ComponentModel;
using KernelGateway.Contexts;

namespace KernelGateway.AspNetCore.CodeInterpreter.Bodies;

/// <summary>A context as the E2B SDKs know it.</summary>
[Description("A lasting place to run code, backed by one kernel.")]
internal sealed record ContextBody(
    [property: Description("The id: a UUID.")] string Id,
    [property: Description("The language, in lower case.")] string Language,
    [property: Description("The working directory its kernel starts in.")] string Cwd)
{
    public static ContextBody Of(CodeContext context) => new(context.Id, context.Language, context.WorkingDirectory);
}
