using KernelGateway.AspNetCore.Errors;
using KernelGateway.Contexts;
using Microsoft.AspNetCore.Http;

namespace KernelGateway.AspNetCore.CodeInterpreter;

/// <summary>Answers a context that could not be created, in the form that the SDKs show.</summary>
internal static class CreationFailure
{
    /// <summary>Creates a context; null when it failed and the request has been answered.</summary>
    public static async Task<CodeContext?> AnswerAsync(HttpContext context, Func<Task<CodeContext>> create)
    {
        try
        {
            return await create();
        }
        catch (ContextLimitException exception)
        {
            await Problem.WriteAsync(context, StatusCodes.Status429TooManyRequests, ProblemCodes.ContextLimit, exception.Message);
        }
        catch (ObjectDisposedException)
        {
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, ProblemCodes.Stopping, "The gateway is stopping.");
        }
        catch (Exception exception) when (exception is KernelGatewayException or IOException or ArgumentException)
        {
            var code = exception switch
            {
                KernelSpecNotFoundException => ProblemCodes.KernelSpecNotFound,
                ArgumentException => ProblemCodes.MalformedRequest,
                _ => ProblemCodes.KernelNotStarted,
            };
            await PlainText.WriteAsync(
                context, StatusCodes.Status500InternalServerError, code, $"Failed to create context: {exception.Message}");
        }

        return null;
    }
}
