#pragma once

#include "host/base/failpoint.h"
